import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Run } from '../model/run.ts';
import { createSandbox, type Sandbox } from '../testing/command-line.ts';

/** Works for so long, and answers with so many bytes: which state of the code ran can be told from either. */
const server = (busyMs: number, bytes: number) => `
const { createServer } = require('node:http');
createServer(({ url }, response) => {
  const until = performance.now() + (url === '/healthz' ? 0 : ${busyMs});
  while (performance.now() < until);
  response.end('x'.repeat(${bytes}));
}).listen(process.env.PORT, '127.0.0.1');
`;

const load = 'load: { connections: 2, warmup: 100ms, rounds: 1, slice: 50ms, traceRequests: 1 }';
const scenario = (target = '', more = '') => `
name: shop
target: { command: node server.js, url: "http://127.0.0.1:\${PORT}", ready: /healthz${target} }
flows: [{ steps: [{ get: /readings }] }]
${load}
${more}`;

let sandbox: Sandbox;
/** Its name has a space, as folders of people have. */
let repository: string;
let original: string;

const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: repository, encoding: 'utf8' }).trim();
const commitOf = (ref: string) => git('rev-parse', ref);

/** All that a run must leave as it is. */
const stateOfRepository = () =>
  JSON.stringify([
    git('status', '--porcelain', '--branch'),
    git('worktree', 'list'),
    git('for-each-ref'),
    git('stash', 'list'),
    git('config', '--local', '--list'),
    readFileSync(join(repository, '.git/index'), 'base64'),
  ]);

/** Files of the service, by their path within the repository. */
async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) await writeFile(join(repository, name), content);
}

function commit(message: string): void {
  git('add', '--all');
  git('commit', '--quiet', '--message', message);
}

beforeEach(async () => {
  sandbox = await createSandbox();
  repository = join(sandbox.folder, 'my shop');
  await mkdir(join(repository, 'services', 'shop'), { recursive: true });
  git('init', '--quiet', '--initial-branch', 'main');
  git('config', 'user.name', 'Tester');
  git('config', 'user.email', 'tester@localhost');
  await write({ 'services/shop/server.js': server(0, 100), 'services/shop/shop.yaml': scenario() });
  commit('fast');
  git('tag', 'v1');
  await write({ 'services/shop/server.js': server(15, 2000) });
  commit('slow');
  original = stateOfRepository();
});
afterEach(() => sandbox.remove());

const path = 'my shop/services/shop/shop.yaml';

async function runOf(args: readonly string[]): Promise<Run> {
  const { code, stdout, stderr } = await sandbox.run(['run', path, '--json', '--quiet', ...args]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Run;
}

const figure = (run: Run, variant: string, name: string) =>
  run.variants[variant]?.metrics.find((metric) => metric.name === name && metric.endpoint === 'GET /readings')?.value;

async function expectNothingLeft(): Promise<void> {
  expect(await sandbox.leftovers()).toEqual([]);
  expect(stateOfRepository()).toBe(original);
}

test('two refs are checked out and compared, and the repository stays as it was', async () => {
  const { code, stdout, stderr } = await sandbox.run(['run', path, '--before', 'v1', '--after', 'main']);
  expect(code, stderr).toBe(0);
  const [before, after] = ['v1', 'main'].map(commitOf);
  expect(stdout).toContain(`before v1@${before?.slice(0, 7)} → after main@${after?.slice(0, 7)}`);
  const folder = join(sandbox.folder, '.chokepoint/runs', sandbox.runs()[0] ?? '');
  const run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as Run;
  expect(run.variants.before?.revision).toEqual({ ref: 'v1', commit: before, dirty: false });
  expect(run.variants.after?.revision).toEqual({ ref: 'main', commit: after, dirty: false });
  expect(run.scenario.command).toBe(`chokepoint run '${path}' --before v1 --after main`);
  expect(figure(run, 'after', 'p50')).toBeGreaterThanOrEqual(15);
  expect(figure(run, 'before', 'bytes')).toBeLessThan(1000);
  expect(figure(run, 'after', 'bytes')).toBeGreaterThan(2000);
  // The files of both are those of the repository: the checkouts are gone.
  const profiles = readFileSync(join(folder, 'artifacts/after/profile.json'), 'utf8');
  expect(profiles).toContain('my shop/services/shop/server.js');
  expect(profiles).not.toContain('chokepoint-git-');
  const html = readFileSync(join(folder, 'report.html'), 'utf8');
  expect(html).toContain(`main@${after?.slice(0, 7)}, commit ${after}`);
  const markdown = await sandbox.run(['report', folder, '--format', 'markdown']);
  // Nothing there may be taken for a person or a commit of the page on which it stands.
  expect(markdown.stdout.replaceAll('\u200b', '')).toContain(`before v1@${before?.slice(0, 7)}`);
  await expectNothingLeft();
});

test('without --after the working tree counts as it is, with what is in no commit', async () => {
  await write({ 'services/shop/server.js': server(0, 5000), 'services/shop/staged.txt': 'x' });
  git('add', 'services/shop/staged.txt');
  await write({ 'services/shop/staged.txt': 'y' });
  original = stateOfRepository();
  const run = await runOf(['--before', 'HEAD']);
  expect(figure(run, 'before', 'bytes')).toBeLessThan(3000);
  expect(figure(run, 'after', 'bytes')).toBeGreaterThan(5000);
  expect(run.variants.after?.revision).toEqual({ ref: '.', commit: commitOf('HEAD'), dirty: true });
  const report = await sandbox.run(['report', join('.chokepoint/runs', sandbox.runs()[0] ?? '')]);
  expect(report.stdout).toContain(`after working tree@${commitOf('HEAD').slice(0, 7)} (dirty)`);
  await expectNothingLeft();
});

test('the scenario is the current file, and a checkout holds nothing that is in no commit', async () => {
  const variants = `variants: { old: { git: "${commitOf('v1')}", build: "cp server.js copy.js" }, new: { git: main } }`;
  await write({
    'services/shop/shop.yaml': scenario('', variants).replace('node server.js', 'node start.js'),
    'services/shop/start.js': 'throw new Error("of the working tree")',
  });
  original = stateOfRepository();
  const { code, stderr } = await sandbox.run(['run', path, '--quiet']);
  expect({ code, stderr }).toEqual({
    code: 4,
    stderr: expect.stringMatching(/services\/shop\/start\.js'\n[\s\S]*MODULE_NOT_FOUND/),
  });
  expect(stderr).not.toContain('of the working tree');
  await expectNothingLeft();
});

test('a build runs in the checkout, in the folder of the service, with its variables and without a port', async () => {
  const print = `const { A, B, PORT } = process.env; console.log(process.cwd(), A, B, PORT); process.exit(3)`;
  await write({
    'services/shop/shop.yaml': scenario(', env: { A: "one", B: "at ${PORT}" }, build: [[node, build.js]]'),
    'services/shop/build.js': print,
  });
  commit('a build that tells');
  original = stateOfRepository();
  const { code, stderr } = await sandbox.run(['run', path, '--before', 'HEAD', '--quiet'], { env: { PORT: '1' } });
  expect(code).toBe(4);
  expect(stderr).toMatch(
    /shop\.yaml:3:\d+: error: HEAD@[0-9a-f]{7} does not build: node build\.js \(exit code 3\) \[build-failed\]\n.*chokepoint-git-\d+-\w+\/before\/services\/shop one undefined undefined\n/,
  );
  await expectNothingLeft();
});

test('what a build makes is what is measured', async () => {
  await write({
    'services/shop/shop.yaml': scenario().replace('node server.js', 'node dist.js'),
    '.gitignore': 'dist.js',
  });
  commit('a build output');
  await write({ 'services/shop/dist.js': server(0, 5000) });
  original = stateOfRepository();
  const run = await runOf(['--before', 'v1', '--build', 'cp server.js dist.js']);
  expect(figure(run, 'before', 'bytes')).toBeLessThan(1000);
  expect(figure(run, 'after', 'bytes')).toBeGreaterThan(5000);
  await expectNothingLeft();
});

test('no hook of the repository runs', async () => {
  const hook = join(repository, '.git/hooks/post-checkout');
  await mkdir(join(repository, '.git/hooks'), { recursive: true });
  await writeFile(hook, `#!/bin/sh\ntouch "${join(sandbox.folder, 'hooked')}"\n`, { mode: 0o755 });
  await sandbox.run(['run', path, '--before', 'v1', '--build', 'false', '--quiet']);
  expect(existsSync(join(sandbox.folder, 'hooked'))).toBe(false);
  await expectNothingLeft();
});

test('submodules are checked out, and the configuration is left as it is', async () => {
  const library = join(sandbox.folder, 'library');
  await mkdir(library);
  const env = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'protocol.file.allow', GIT_CONFIG_VALUE_0: 'always' };
  const gitIn = (cwd: string, ...args: string[]) =>
    execFileSync('git', args, { cwd, env: { ...process.env, ...env }, stdio: 'pipe' });
  gitIn(library, 'init', '--quiet');
  await writeFile(join(library, 'size.js'), 'module.exports = 3000;');
  gitIn(library, 'add', '--all');
  gitIn(library, '-c', 'user.name=T', '-c', 'user.email=t@localhost', 'commit', '--quiet', '--message', 'size');
  gitIn(repository, 'submodule', 'add', '--quiet', library, 'library');
  await write({
    'services/shop/server.js': server(0, 0).replace('repeat(0)', "repeat(require('../../library/size.js'))"),
  });
  commit('with a library');
  gitIn(repository, 'submodule', 'deinit', '--force', '--all');
  original = stateOfRepository();
  const { code, stderr, stdout } = await sandbox.run(['run', path, '--before', 'v1', '--after', 'HEAD', '--json'], {
    env,
  });
  expect(code, stderr).toBe(0);
  expect(figure(JSON.parse(stdout), 'after', 'bytes')).toBeGreaterThan(3000);
  await expectNothingLeft();
});

test('setup scripts that differ between the refs are those of the last one, and the report says so', async () => {
  const database = 'database: { embedded: { setup: [setup.sql] } }';
  await write({ 'services/shop/setup.sql': 'CREATE TABLE one ();', 'services/shop/shop.yaml': scenario('', database) });
  commit('a database');
  await write({ 'services/shop/setup.sql': 'CREATE TABLE two ();' });
  original = stateOfRepository();
  const run = await runOf(['--before', 'HEAD']);
  expect(run.validity.warnings.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/setup scripts of the database are not the same .* those of working tree@\w+ \(dirty\)$/),
  );
  const { code, stderr } = await sandbox.run(['run', path, '--before', 'HEAD', '--after', 'v1', '--quiet']);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('has no "services/shop/setup.sql"') });
  await expectNothingLeft();
});

test.each<readonly [string, readonly string[], number, string, string]>([
  ['an unknown ref', ['--before', 'mian'], 2, 'has no commit "mian"', 'did you mean "main"?'],
  ['a range', ['--before', 'v1..main'], 2, 'has no commit "v1..main"', 'git branch --all'],
  ['an option', ['--before=--upload-pack=touch x'], 2, 'is not a git ref', 'a dot for the working tree'],
  ['an option after', ['--before', 'v1', '--after=-x'], 2, '--after: "-x" is not a git ref', 'a dot'],
  ['--after alone', ['--after', 'v1'], 2, '--after is nothing without --before', '--before main'],
  ['--build alone', ['--build', 'npm ci'], 2, '--build is nothing without a git ref', '--before main'],
  ['a shell in the build', ['--before', 'v1', '--build', 'npm ci && npm test'], 2, '"&&" would need one', 'as a list'],
  ['a build that fails', ['--before', 'v1', '--build', 'node -p missing'], 4, '(exit code 1) [build-failed]', '| '],
  ['a build that is not there', ['--before', 'v1', '--build', 'no-such-tool'], 4, 'there is no such program', 'build'],
])('%s is refused, and nothing is left behind', async (_name, args, code, message, hint) => {
  const result = await sandbox.run(['run', path, '--quiet', ...args]);
  expect({ ...result, code: result.code }).toMatchObject({ code, stdout: '' });
  expect(result.stderr).toContain(message);
  expect(result.stderr).toContain(hint);
  expect(result.stderr).not.toMatch(/defect/);
  await expectNothingLeft();
});

test.each<readonly [string, string, readonly string[], number, string]>([
  [
    'variants beside --before',
    scenario('', 'variants: { a: {}, b: {} }'),
    ['--before', 'v1'],
    2,
    'variants of its own',
  ],
  [
    'a service that runs already',
    scenario().replace('command: node server.js, ', '').replace('${PORT}', '9'),
    ['--before', 'v1'],
    2,
    'already running',
  ],
  [
    'git of a service that runs already',
    scenario('', 'variants: { a: { git: v1 } }').replace('command: node server.js, ', '').replace('${PORT}', '9'),
    [],
    2,
    'variants.a.git: has no effect',
  ],
  [
    'a build of the working tree',
    scenario('', 'variants: { a: { git: v1 }, b: { build: make } }'),
    [],
    2,
    'variants.b.build: has no effect',
  ],
  [
    'an option as a ref',
    scenario('', 'variants: { a: { git: "--help" }, b: }'),
    [],
    2,
    'variants.a.git: is not a git ref',
  ],
  ['a ref that is not there', scenario('', 'variants: { a: { git: v2 }, b: }'), [], 2, 'shop.yaml:6:18: error: '],
  [
    'a build that takes too long',
    scenario(', build: sleep 60, buildTimeout: 1s', 'variants: { a: { git: v1 } }'),
    [],
    4,
    'sleep 60 (not done after 1 s)',
  ],
  ['a folder outside of the repository', scenario(', cwd: ../../..'), ['--before', 'v1'], 2, 'target.cwd: '],
])('%s is refused where it stands', async (_name, content, args, code, message) => {
  await write({ 'services/shop/shop.yaml': content });
  original = stateOfRepository();
  const result = await sandbox.run(['run', path, '--quiet', ...args]);
  expect(result.stderr).toContain(message);
  expect(result).toMatchObject({ code, stdout: '' });
  await expectNothingLeft();
});

test('a file of the working tree in the command is refused: every ref would run it', async () => {
  const file = join(repository, 'services/shop/server.js');
  await write({ 'services/shop/shop.yaml': scenario().replace('node server.js', `[node, "${file}"]`) });
  original = stateOfRepository();
  const { code, stderr } = await sandbox.run(['run', path, '--before', 'v1', '--quiet']);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('[git-path-fixed]') });
  await expectNothingLeft();
});

test('a folder that the ref does not have is named', async () => {
  await mkdir(join(repository, 'perf'));
  await write({ 'perf/shop.yaml': scenario().replace('server.js', '../services/shop/server.js') });
  original = stateOfRepository();
  const { code, stderr } = await sandbox.run(['run', 'my shop/perf/shop.yaml', '--before', 'v1', '--quiet']);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(/v1@\w{7} has no "perf" \(target\.cwd\)/),
  });
  await expectNothingLeft();
});

test('a folder without a repository, and a machine without git, are told apart', async () => {
  const files = { 'shop.yaml': scenario(), 'server.js': server(0, 1) };
  const alone = await sandbox.run(['run', 'shop.yaml', '--before', 'v1', '--quiet'], {
    files,
    // Whatever repository the tests themselves stand in.
    env: { GIT_DIR: join(repository, '.git') },
  });
  expect(alone).toMatchObject({ code: 2, stderr: expect.stringContaining('[git-no-repository]') });
  const bin = join(sandbox.folder, 'bin');
  await mkdir(bin);
  await symlink(process.execPath, join(bin, 'node'));
  const without = await sandbox.run(['run', path, '--before', 'v1', '--quiet'], { env: { PATH: bin } });
  expect(without).toMatchObject({ code: 4, stderr: expect.stringContaining('git cannot be run') });
});

/** A build that does not end by itself, with a mark by which its process is found. */
const building = (build: string) => ['run', path, '--before', 'v1', '--build', build];
const stubborn = `node -e "process.on('SIGTERM', () => {}); setInterval(() => {}, 6109)"`;

test.each<readonly [string, string, RegExp, readonly NodeJS.Signals[]]>([
  ['an interruption', 'sleep 6107', /^\d+: sleep 6107/, ['SIGINT']],
  ['a second interruption', stubborn, /^\d+: node -e .*6109/, ['SIGTERM', 'SIGTERM']],
])('%s while a checkout is built leaves nothing behind', async (_name, build, process, signals) => {
  const running = await sandbox.start(building(build));
  await expect.poll(sandbox.processes, { timeout: 20_000 }).toContainEqual(expect.stringMatching(process));
  // Until the build has said that it will not hear.
  await delay(500);
  for (const signal of signals) {
    running.kill(signal);
    await delay(60);
  }
  const { code, stderr } = await running.result;
  expect({ code, stderr }).toEqual({ code: 130, stderr: expect.stringContaining('error: interrupted') });
  expect(sandbox.runs()).toEqual([]);
  await expectNothingLeft();
});

test('an interruption while refs are measured leaves nothing behind', async () => {
  const running = await sandbox.start(['run', path, '--before', 'v1', '--rounds', '20']);
  await running.said('measure');
  await delay(700);
  running.kill('SIGINT');
  expect(await running.result).toMatchObject({ code: 130 });
  await expectNothingLeft();
});

test('what a killed run left is cleared away by the next one, and only that', async () => {
  git('worktree', 'add', '--quiet', '--detach', join(sandbox.folder, 'of somebody else'));
  await rm(join(sandbox.folder, 'of somebody else'), { recursive: true });
  original = stateOfRepository();
  const running = await sandbox.start(building('sleep 6108'));
  await expect.poll(sandbox.processes, { timeout: 20_000 }).toContainEqual(expect.stringMatching(/^\d+: sleep 6108/));
  const sleeper = sandbox.processes().find((line) => line.includes(': sleep 6108'));
  running.kill('SIGKILL');
  await running.result;
  process.kill(Number.parseInt(sleeper ?? '', 10), 'SIGKILL');
  expect(git('worktree', 'list')).toContain('chokepoint-git-');
  const { stderr } = await sandbox.run(['run', path, '--before', 'v1', '--build', 'false', '--quiet']);
  expect(stderr).toContain('[build-failed]');
  await expectNothingLeft();
});

test('check builds what variants name, and says which commits they are', async () => {
  const variants = 'variants: { old: { git: v1 }, new: }';
  await write({ 'services/shop/shop.yaml': scenario('', variants) });
  original = stateOfRepository();
  const { code, stdout } = await sandbox.run(['check', path]);
  expect(code).toBe(0);
  expect(stdout).toContain(`v1@${commitOf('v1').slice(0, 7)}`);
  expect(stdout).toContain('(dirty)');
  expect(stdout).toMatch(/GET \/readings \(old\).*100 bytes/);
  expect(stdout).toMatch(/GET \/readings \(new\).*2000 bytes|GET \/readings \(new\).*2\.00 kB/);
  await expectNothingLeft();
  expect(readdirSync(repository).sort()).toEqual(['.git', 'services']);
});
