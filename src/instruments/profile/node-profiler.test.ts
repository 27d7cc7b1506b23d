import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { functionCosts } from '../../model/profile.ts';
import { agentSocketVariable } from './agent-protocol.ts';
import { createNodeProfiler, type NodeProfiler } from './node-profiler.ts';

const signal = new AbortController().signal;
const burnLine = 3;
const burner = `// The place of the next function is known to the tests.
let sink = 0;
function burnCpu(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end) for (let i = 0; i < 1000; i++) sink = (sink * 31 + i) | 0;
}
`;
const burnForever = 'setInterval(() => burnCpu(20), 25);';

let folder: string;
let agentUrl: string;
const children: ChildProcess[] = [];
const profilers: NodeProfiler[] = [];

beforeAll(() => {
  // A space and a percent sign, as users have them in their paths; the real path, as V8 will name it.
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'agent 100% ')));
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const options = ['--module', 'nodenext', '--target', 'es2023', '--types', 'node', '--skipLibCheck', '--ignoreConfig'];
  const paths = ['--rewriteRelativeImportExtensions', '--rootDir', 'src', '--outDir', join(folder, 'dist')];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, 'src/instruments/profile/node-agent.ts', ...options, ...paths], { cwd: root });
  file('package.json', '{"type":"module"}');
  agentUrl = pathToFileURL(join(folder, 'dist/instruments/profile/node-agent.js')).href;
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  for (const profiler of profilers.splice(0)) await profiler.close();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

async function profilerFor(nodeOptions = ''): Promise<NodeProfiler> {
  const profiler = await createNodeProfiler({ agentUrl, nodeOptions });
  profilers.push(profiler);
  return profiler;
}

function launch(profiler: NodeProfiler, path: string, command = process.execPath) {
  const child = spawn(command, [path], { env: { ...process.env, ...profiler.env }, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  return { child, output: () => output };
}

async function record(profiler: NodeProfiler, ms: number) {
  await profiler.start();
  await sleep(ms);
  return profiler.stop();
}

test('the burning function is found at its line and holds most of the self time', async () => {
  const profiler = await profilerFor();
  const path = file('burn.js', burner + burnForever);
  const service = launch(profiler, path);
  expect(await profiler.attached(5000, signal)).toBe(1);
  const { profile, runtime, windowMs, samplingUs, lostThreads } = await record(profiler, 500);
  const [hottest] = functionCosts({ profile, requests: 1 });
  expect(hottest?.frame).toEqual({
    name: 'burnCpu',
    file: path,
    line: burnLine,
    column: expect.any(Number),
    kind: 'user',
  });
  expect(hottest?.selfShare).toBeGreaterThan(0.7);
  expect(profile.frames.map((frame) => frame.name)).not.toContain('(idle)');
  expect(profile.frames.filter((frame) => frame.file.includes('node-agent'))).toEqual([]);
  // Idle time is out, so the profile is no longer than the window, and burnCpu ran for most of it.
  expect(profile.totalUs).toBeGreaterThan(windowMs * 1000 * 0.4);
  expect(profile.totalUs).toBeLessThan(windowMs * 1000 * 1.02);
  expect(windowMs).toBeGreaterThan(480);
  expect(samplingUs).toBe(1000);
  expect(lostThreads).toBe(0);
  // It burns 20 ms of every 25 ms.
  expect(runtime.eventLoopUtilization).toBeGreaterThan(0.7);
  expect(runtime.eventLoopUtilization).toBeLessThan(0.95);
  expect(runtime.cpuCores).toBeGreaterThan(0.3);
  expect(runtime.heapUsedBytes).toBeGreaterThan(1e6);
  expect(runtime.rssBytes).toBeGreaterThan(runtime.heapUsedBytes);
  expect(service.output()).toBe('');
});

test('an idle service has next to no CPU, and is idle again after a second window', async () => {
  const profiler = await profilerFor();
  launch(profiler, file('idle.js', 'setInterval(() => {}, 1000);'));
  await profiler.attached(5000, signal);
  await record(profiler, 100);
  const { profile, runtime } = await record(profiler, 300);
  expect(profile.totalUs).toBeLessThan(30_000);
  expect(runtime.eventLoopUtilization).toBeLessThan(0.1);
});

test('collections are counted where the service makes garbage', async () => {
  const profiler = await profilerFor();
  launch(profiler, file('garbage.js', 'setInterval(() => { for (let i = 0; i < 3e5; i++) globalThis.g = [i]; }, 10);'));
  await profiler.attached(5000, signal);
  const { runtime } = await record(profiler, 400);
  expect(runtime.gcCount).toBeGreaterThan(0);
  expect(runtime.gcMs).toBeGreaterThan(0);
});

test('a service that is killed within the window is a failure, not a hang', async () => {
  const profiler = await profilerFor();
  const { child } = launch(profiler, file('victim.js', burner + burnForever));
  await profiler.attached(5000, signal);
  await profiler.start();
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  await expect(profiler.stop()).rejects.toMatchObject({ code: 'service-died' });
  await expect(profiler.start()).rejects.toMatchObject({ code: 'service-died' });
});

test('a child process and a worker thread of the service are in the profile', async () => {
  const profiler = await profilerFor();
  const child = file('child.js', `${burner.replace('burnCpu', 'burnInChild')}setInterval(() => burnInChild(20), 25);`);
  const worker = file(
    'worker.js',
    `${burner.replace('burnCpu', 'burnInWorker')}setInterval(() => burnInWorker(20), 25);`,
  );
  const parent = file(
    'parent.js',
    `import { spawn } from 'node:child_process';
import { Worker } from 'node:worker_threads';
new Worker(${JSON.stringify(worker)});
const child = spawn(process.execPath, [${JSON.stringify(child)}], { stdio: ['pipe', 'inherit', 'inherit'] });
process.on('SIGTERM', () => { child.on('exit', () => process.exit()); child.kill(); });`,
  );
  const service = launch(profiler, parent);
  const deadline = performance.now() + 5000;
  while ((await profiler.attached(100, signal)) < 3 && performance.now() < deadline) await sleep(20);
  const { profile, runtime } = await record(profiler, 500);
  const costs = functionCosts({ profile, requests: 1 });
  for (const name of ['burnInChild', 'burnInWorker']) {
    expect(costs.find(({ frame }) => frame.name === name)?.selfShare).toBeGreaterThan(0.15);
  }
  expect(runtime.cpuCores).toBeGreaterThan(0.4);
  const ended = once(service.child, 'exit');
  service.child.kill('SIGTERM');
  await ended;
});

test('a worker that is forked within the window is recorded for the rest of it', async () => {
  const profiler = await profilerFor();
  const late = file(
    'late.js',
    `import cluster from 'node:cluster';
${burner}
if (cluster.isPrimary) { setTimeout(() => cluster.fork(), 150); process.on('SIGTERM', () => cluster.disconnect(() => process.exit())); }
else { ${burnForever} process.on('disconnect', () => process.exit()); }`,
  );
  const service = launch(profiler, late);
  expect(await profiler.attached(5000, signal)).toBe(1);
  const { profile } = await record(profiler, 900);
  expect(functionCosts({ profile, requests: 1 }).find(({ frame }) => frame.name === 'burnCpu')).toBeDefined();
  const ended = once(service.child, 'exit');
  service.child.kill('SIGTERM');
  await ended;
});

test('frames of compiled TypeScript point at the source, by a map in a file and by one inline', async () => {
  const mapUrl = (name: string) =>
    name === 'inline'
      ? `data:application/json;base64,${Buffer.from(JSON.stringify(map('typed.ts'))).toString('base64')}`
      : `${name}.js.map`;
  // Line 3 of the script (burnCpu) is line 12, column 5 of the source: one segment "AAWI" after two empty lines.
  const map = (source: string) => ({ version: 3, sources: [`../ts/${source}`], names: [], mappings: ';;AAWI' });
  file('out/file.js.map', JSON.stringify(map('filed.ts')));
  const paths = ['inline', 'file'].map((name) => {
    return file(
      `out/${name}.js`,
      `${burner}export const run = () => burnCpu(10);\n//# sourceMappingURL=${mapUrl(name)}\n`,
    );
  });
  const imports = paths.map((path, i) => `import { run as run${i} } from ${JSON.stringify(pathToFileURL(path).href)};`);
  const profiler = await profilerFor();
  launch(profiler, file('mapped.js', `${imports.join('')} setInterval(() => { run0(); run1(); }, 25);`));
  await profiler.attached(5000, signal);
  const { profile } = await record(profiler, 500);
  const frames = profile.frames.filter(({ name }) => name === 'burnCpu');
  expect(
    frames.map(({ file, line, column }) => ({ file, line, column })).sort((a, b) => a.file.localeCompare(b.file)),
  ).toEqual([
    { file: join(folder, 'ts/filed.ts'), line: 12, column: 5 },
    { file: join(folder, 'ts/typed.ts'), line: 12, column: 5 },
  ]);
});

test('the NODE_OPTIONS that the service had are kept', async () => {
  const preload = file('preload.cjs', 'globalThis.preloaded = true;');
  const profiler = await profilerFor(`--require "${preload}" --max-old-space-size=123`);
  const path = file(
    'options.cjs',
    'console.log(globalThis.preloaded, process.execArgv.length); setTimeout(() => {}, 300);',
  );
  const service = launch(profiler, path);
  expect(await profiler.attached(5000, signal)).toBe(1);
  await once(service.child, 'exit');
  expect(service.output()).toBe('true 0\n');
});

test('the agent keeps no service alive and exits with its code, within a window too', async () => {
  const profiler = await profilerFor();
  const service = launch(profiler, file('short.js', 'setTimeout(() => { process.exitCode = 7; }, 400);'));
  await profiler.attached(5000, signal);
  await profiler.start();
  const [code] = await once(service.child, 'exit');
  expect(code).toBe(7);
  expect(service.output()).toBe('');
});

test('a service goes on when the tool disappears within the window', async () => {
  const profiler = await profilerFor();
  const service = launch(profiler, file('survivor.js', 'setTimeout(() => console.log("done"), 500);'));
  await profiler.attached(5000, signal);
  await profiler.start();
  await profiler.close();
  const [code] = await once(service.child, 'exit');
  expect({ code, output: service.output() }).toEqual({ code: 0, output: 'done\n' });
});

test('without the socket of the tool the agent does nothing', async () => {
  const profiler = await profilerFor();
  await profiler.close();
  const service = launch(profiler, file('alone.js', 'console.log("served")'));
  const [code] = await once(service.child, 'exit');
  expect({ code, output: service.output() }).toEqual({ code: 0, output: 'served\n' });
});

test('a service that is not Node never attaches', async () => {
  const profiler = await profilerFor();
  launch(profiler, file('loop.sh', 'read -r _ < /dev/zero'), '/bin/sh');
  expect(await profiler.attached(200, signal)).toBe(0);
});

test('waiting for a service can be interrupted', async () => {
  const profiler = await profilerFor();
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  await expect(profiler.attached(10_000, controller.signal)).rejects.toMatchObject({ code: 'interrupted' });
});

test('a peer that does not speak the protocol is disconnected and not counted', async () => {
  const profiler = await profilerFor();
  const peer = createConnection(profiler.env[agentSocketVariable] ?? '');
  const closed = once(peer, 'close');
  peer.on('error', () => peer.destroy());
  peer.resume();
  peer.write('GET / HTTP/1.1\r\n\r\n');
  await closed;
  expect(await profiler.attached(0, signal)).toBe(0);
});

test('closing leaves nothing in the temporary folder', async () => {
  const profiler = await profilerFor();
  const socketFolder = dirname(profiler.env[agentSocketVariable] ?? '');
  expect(readdirSync(socketFolder)).toEqual(['agent']);
  await profiler.close();
  expect(() => readdirSync(socketFolder)).toThrow('ENOENT');
});
