// Our load generator beside others: what it costs, and whether what it says is true. `npm run bench:load -- --help`
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { busyShare, describeSetting } from '../machine.js';
import { runBench } from '../run-bench.js';
import { measureAccuracy } from './accuracy.js';
import { autocannon, bareSockets } from './contenders.js';
import { measureCpu } from './cpu.js';
import { startFixture } from './fixture.js';
import { measureMemory } from './memory.js';
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
    const others = size.accuracy.isOursOnly ? [] : [autocannon, bareSockets, ...present];
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
  const { version } = createRequire(import.meta.url)('autocannon/package.json');
  const own = Object.fromEntries(programs.map(({ name, version }) => [name, version]));
  return { ...describeSetting({ autocannon: version, ...own }), missing };
}

await runBench({ help, optionsOf, measure, render, isMissed: (results) => missesOf(results).length > 0 });
