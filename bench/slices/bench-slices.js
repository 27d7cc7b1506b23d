// Whether the first milliseconds of a slice should count. `npm run bench:slices -- --help`
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { busyShare, describeSetting } from '../machine.js';
import { runModule } from '../processes.js';
import { runBench } from '../run-bench.js';
import { render } from './report.js';
import { summarise } from './summary.js';

const help = `Usage: npm run bench:slices -- [options]

Measures three services in rounds, as a comparison does, and how the beginning of a slice differs from the rest of it.
A full run takes about ten minutes and writes docs/benchmarks/slices.md; the machine should have nothing else to do.

  --rounds <n>   of each service; default: 16
  --quick        two rounds of two slices each, to see that it runs; the figures are worth nothing
  --out <file>   write the report there (a quick run writes none otherwise)
`;

const fullOut = fileURLToPath(new URL('../../docs/benchmarks/slices.md', import.meta.url));
const roundLimitMs = 60_000;
const services = [
  { path: '/quick', connections: 10, title: 'Answers at once, 10 connections' },
  { path: '/waiting', connections: 10, title: 'Waits 5 ms, 10 connections' },
  { path: '/busy', connections: 1, title: 'Computes for 4 or 8 ms, 1 connection' },
];

function optionsOf(args) {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const rounds = values.rounds ?? (values.quick ? '2' : '16');
  if (!/^[1-9]\d{0,2}$/.test(rounds)) throw new Error(`--rounds takes a number from 1 to 999, not ${rounds}`);
  return { ...values, rounds: Number(rounds), out: values.out ?? (values.quick ? undefined : fullOut) };
}

/** All services in turns, so that whatever drifts on the machine meets all alike. */
async function measure({ rounds, quick }) {
  const lanes = new Map(services.map(({ path }) => [path, []]));
  const idle = await busyShare();
  for (let round = 0; round < rounds; round += 1) {
    for (const { path, connections } of services) {
      const job = { path, connections, slices: quick ? 2 : 8, sliceMs: 500, seed: round + 1 };
      const measured = await runModule(new URL('run-round.js', import.meta.url), job, roundLimitMs);
      lanes.get(path).push(...measured.lanes);
    }
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
  }
  return {
    setting: { ...describeSetting(), busyShare: Math.max(idle, await busyShare()) },
    isQuick: quick,
    services: services.map(({ path, title }) => ({ title, ...summarise(lanes.get(path)) })),
  };
}

await runBench({ help, optionsOf, measure, render });
