// Our load generator beside others: what it costs, and whether what it says is true. `npm run bench:load -- --help`
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, cpus, platform, release, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureAccuracy } from './accuracy.js';
import { autocannon } from './contenders.js';
import { measureCpu } from './cpu.js';
import { startFixture } from './fixture.js';
import { measureMemory } from './memory.js';
import { endAll } from './processes.js';
import { detectPrograms } from './programs.js';
import { missesOf, render } from './report.js';

const help = `Usage: npm run bench:load -- [options]

Measures the load generator beside stock autocannon, wrk, k6, oha and Artillery, as far as they are installed.
A full run takes about eight minutes and writes docs/benchmarks/load.md; the machine should have nothing else to do.

  --quick         about 40 seconds, to see that it runs; the figures are worth little
  --only <parts>  of flat, flow, accuracy and memory, with commas between
  --out <file>    write the report there (a quick or partial run writes none otherwise)
  --strict        exit with 1 where a target is missed
`;

const allParts = ['flat', 'flow', 'accuracy', 'memory'];
const fullOut = fileURLToPath(new URL('../../docs/benchmarks/load.md', import.meta.url));

const full = {
  cpu: { rounds: 9, warmupMs: 1000, windowMs: 2000 },
  accuracy: { rounds: 3, heatMs: 500, warmupMs: 300, windowMs: 2000 },
  memory: { requests: 1_000_000 },
};
const quick = {
  cpu: { rounds: 2, warmupMs: 500, windowMs: 1000 },
  accuracy: { rounds: 1, heatMs: 300, warmupMs: 200, windowMs: 1000, isOursOnly: true },
  memory: { requests: 50_000 },
};

function optionsOf(args) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: allParts.join(',') },
      out: { type: 'string' },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const parts = values.only.split(',');
  const unknown = parts.find((part) => !allParts.includes(part));
  if (unknown !== undefined) throw new Error(`there is no part ${unknown}: --only takes ${allParts.join(', ')}`);
  const isWhole = !values.quick && parts.length === allParts.length;
  return { ...values, parts, out: values.out ?? (isWhole ? fullOut : undefined), size: values.quick ? quick : full };
}

async function measure({ parts, size }, folder) {
  const note = (text) => process.stderr.write(`${text}\n`);
  const { present, missing } = detectPrograms(folder);
  for (const name of missing) note(`${name}: not installed`);
  const fixture = await startFixture();
  const { url, control } = fixture;
  const common = { fixture: { url, control }, programs: present, note };
  const results = { setting: settingOf(present, missing) };
  const busyShares = [await busyShare()];
  if (parts.includes('flat') || parts.includes('flow')) {
    results.cpu = await measureCpu({ ...common, ...size.cpu, parts });
    busyShares.push(await busyShare());
  }
  if (parts.includes('accuracy')) {
    const others = size.accuracy.isOursOnly ? [] : [autocannon, ...present];
    results.accuracy = await measureAccuracy({ ...common, ...size.accuracy, others });
    busyShares.push(await busyShare());
  }
  if (parts.includes('memory')) {
    results.memory = await measureMemory({ ...common, ...size.memory });
    busyShares.push(await busyShare());
  }
  results.setting.busyShare = Math.max(...busyShares);
  await fixture.stop();
  return results;
}

function settingOf(programs, missing) {
  const cores = cpus();
  const require = createRequire(import.meta.url);
  const own = Object.fromEntries(programs.map(({ name, version }) => [name, version]));
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cores.length} × ${cores[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${release()} ${arch()}`,
    versions: {
      chokepoint: require('../../package.json').version,
      Node: process.versions.node,
      autocannon: require('autocannon/package.json').version,
      ...own,
    },
    missing,
  };
}

/** Of all cores, over one second in which this process does nothing. */
async function busyShare() {
  const read = () =>
    cpus().map(({ times }) => ({ idle: times.idle, all: Object.values(times).reduce((a, b) => a + b, 0) }));
  const before = read();
  await sleep(1000);
  const after = read();
  const sum = (field) => after.reduce((total, core, index) => total + core[field] - before[index][field], 0);
  return 1 - sum('idle') / sum('all');
}

async function main() {
  const options = optionsOf(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(help);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-bench-'));
  const cleanUp = () => {
    endAll();
    rmSync(folder, { recursive: true, force: true });
  };
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ]) {
    process.once(signal, () => {
      cleanUp();
      process.exit(128 + number);
    });
  }
  try {
    const results = await measure(options, folder);
    const text = render(results);
    process.stdout.write(text);
    if (options.out !== undefined) {
      mkdirSync(dirname(options.out), { recursive: true });
      writeFileSync(options.out, text);
    }
    if (options.strict && missesOf(results).length > 0) process.exitCode = 1;
  } finally {
    cleanUp();
  }
}

await main().catch((error) => {
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 2;
});
