// Every fault that the fixtures show, and its fix: found, not accused, and worth what was foretold. `npm run bench:diagnosis -- --help`
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { busyShare, describeSetting } from '../machine.js';
import { runModule, runProgram } from '../processes.js';
import { runBench } from '../run-bench.js';
import { listApps } from './apps.js';
import { judgeApp, targetsOf } from './judge.js';
import { render } from './report.js';

const help = `Usage: npm run bench:diagnosis -- [options]

Runs every app of fixtures/apps, slow and fixed, through the built command, and measures both again with nothing attached.
A full run takes about a minute for each app and writes docs/benchmarks/diagnosis.md; the machine should have nothing else to do.

  --only <ids>     apps with commas between
  --rounds <n>     of the measurement of the saving; default: 6
  --quick          one short round, to see that it runs; the figures are worth nothing
  --out <file>     write the report there (a quick or partial run writes none otherwise)
  --strict         exit with 1 where a target is missed
`;

const fullOut = fileURLToPath(new URL('../../docs/benchmarks/diagnosis.md', import.meta.url));
const bin = fileURLToPath(new URL('../../bin/chokepoint.js', import.meta.url));
const appLimitMs = 300_000;
/** What the command says by its exit code besides 0: a gate, and a measurement that is not trusted. */
const accepted = [0, 1, 3];

function optionsOf(args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '6' },
      quick: { type: 'boolean', default: false },
      out: { type: 'string' },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (!/^\d{1,2}$/.test(values.rounds) || values.rounds === '0') {
    throw new Error(`--rounds takes a number from 1 to 99, not ${values.rounds}`);
  }
  const apps = listApps();
  const ids = values.only?.split(',') ?? apps.map(({ id }) => id);
  const unknown = ids.find((id) => !apps.some((app) => app.id === id));
  if (unknown !== undefined) {
    throw new Error(`there is no app ${unknown}: --only takes ${apps.map(({ id }) => id).join(', ')}`);
  }
  return { ...values, apps: apps.filter(({ id }) => ids.includes(id)), isWhole: ids.length === apps.length };
}

async function measureApp(app, { quick, rounds }, folder) {
  const outcomes = app.byCapacity ? await capacityOutcomes(app) : await runOutcomes(app, folder);
  if (app.byCapacity) return { outcomes };
  const { scenarioPath, underLoad } = app;
  const job = { scenarioPath, underLoad, rounds: quick ? 1 : Number(rounds), sliceMs: quick ? 100 : 400 };
  const url = new URL('run-realised.js', import.meta.url);
  return { outcomes, means: await runModule(url, job, appLimitMs, { endSignal: 'SIGTERM' }) };
}

async function runOutcomes({ scenarioPath }, folder) {
  const command = [process.execPath, bin, 'run', scenarioPath, '--json', '--quiet', '--out', join(folder, 'runs')];
  const { stdout } = await runProgram(command, {}, appLimitMs, accepted);
  const { variants } = JSON.parse(stdout);
  return { slow: variants.slow.outcomes, fixed: variants.fixed.outcomes };
}

async function capacityOutcomes({ id, scenarioPath }) {
  const search = async (variant) => {
    const options = ['--variant', variant, '--step', '1s', '--max-connections', '32', '--json', '--quiet'];
    const command = [process.execPath, bin, 'capacity', scenarioPath, ...options];
    const { stdout } = await runProgram(command, {}, appLimitMs, accepted);
    return JSON.parse(stdout).outcomes;
  };
  // A search that finds no knee says so, and is made again.
  const settled = async (variant) => {
    let outcomes = await search(variant);
    for (let again = 0; again < 2 && outcomes[id]?.status === 'inconclusive'; again++) outcomes = await search(variant);
    return outcomes;
  };
  return { slow: await settled('slow'), fixed: await settled('fixed') };
}

async function bench(options, folder) {
  const busyBefore = await busyShare();
  const judged = [];
  for (const [index, app] of options.apps.entries()) {
    const record = await measureApp(app, options, folder)
      .then((measured) => judgeApp(app.id, measured))
      .catch((error) => ({ id: app.id, failure: error.message.split('\n')[0] }));
    judged.push(record);
    process.stderr.write(`${index + 1} of ${options.apps.length}, ${app.id}: ${noteOf(record)}\n`);
  }
  const setting = { ...describeSetting(), busyShare: Math.max(busyBefore, await busyShare()), isQuick: options.quick };
  return { setting, apps: judged, targets: targetsOf(judged) };
}

function noteOf({ failure, isFound, accused, foretoldMs, realisedMs }) {
  if (failure !== undefined) return `did not come about: ${failure}`;
  const saving =
    foretoldMs === undefined ? '' : `, foretold ${foretoldMs.toFixed(2)} ms, realised ${realisedMs.toFixed(2)} ms`;
  return `${isFound ? 'found' : 'NOT FOUND'}, ${accused.length === 0 ? 'nothing accused' : `ACCUSED ${accused.join(', ')}`}${saving}`;
}

await runBench({
  ...{ help, optionsOf, measure: bench, render },
  outOf: (options) => options.out ?? (options.quick || !options.isWhole ? undefined : fullOut),
  isMissed: ({ targets }) => targets.some(({ isMet }) => !isMet),
});
