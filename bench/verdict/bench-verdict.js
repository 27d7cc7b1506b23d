// The verdict against a known truth: false alarms, what is caught, and how long it takes. `npm run bench:verdict -- --help`
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { busyShare, describeSetting } from '../machine.js';
import { runModule } from '../processes.js';
import { runBench } from '../run-bench.js';
import { cases, planVerdicts } from './cases.js';
import { leftOf, openRecords, requireSameSetting } from './records.js';
import { render, signedPercent } from './report.js';
import { summarise, targets } from './summary.js';

const help = `Usage: npm run bench:verdict -- [options]

Measures the same service on both sides, and with +10 % and +20 % on its p95, ${targets.runs} times each, and counts the verdicts.
A full run takes about 45 minutes and writes docs/benchmarks/verdict.md; the machine should have nothing else to do.

  --runs <n>       of each case; default: ${targets.runs}
  --minutes <m>    begin no verdict that would end later than this; the report is of what there is
  --resume <file>  append to this file and measure what it lacks; a new file is named at the start
  --seed <n>       fixes the order, and whose baseline is taken; default: 1
  --quick          one run of two short rounds each, to see that it runs; the figures are worth nothing
  --only <cases>   of ${cases.map(({ id }) => id).join(', ')}, with commas between
  --out <file>     write the report there (a quick or partial run writes none otherwise)
  --strict         exit with 1 where a target is missed, or cannot be judged
`;

const fullOut = fileURLToPath(new URL('../../docs/benchmarks/verdict.md', import.meta.url));
const verdictLimitMs = 600_000;

function optionsOf(args) {
  const { values } = parseArgs({
    args,
    options: {
      runs: { type: 'string' },
      minutes: { type: 'string' },
      resume: { type: 'string' },
      seed: { type: 'string', default: '1' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: cases.map(({ id }) => id).join(',') },
      out: { type: 'string' },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const only = values.only.split(',');
  const unknown = only.find((id) => !cases.some((one) => one.id === id));
  if (unknown !== undefined) {
    throw new Error(`there is no case ${unknown}: --only takes ${cases.map(({ id }) => id).join(', ')}`);
  }
  return {
    ...values,
    only,
    runs: numberOf('--runs', values.runs ?? (values.quick ? '1' : String(targets.runs))),
    minutes: values.minutes === undefined ? Number.POSITIVE_INFINITY : numberOf('--minutes', values.minutes),
    seed: numberOf('--seed', values.seed),
    scenarioPath: fileURLToPath(new URL(values.quick ? 'quick-scenario.yaml' : 'scenario.yaml', import.meta.url)),
  };
}

function numberOf(option, text) {
  if (!/^\d{1,6}$/.test(text)) throw new Error(`${option} takes a whole number, not ${text}`);
  return Number(text);
}

/** Adds to the records what they lack, verdict by verdict, until all are there or the time is up. */
async function measure({ runs, minutes, seed, only, scenarioPath }, records, folder) {
  const plan = planVerdicts(seed, runs).filter((verdict) => only.includes(verdict.case));
  const left = leftOf(plan, records.entries);
  const startedAt = performance.now();
  let longestMs = 0;
  for (const [index, verdict] of left.entries()) {
    const spentMs = performance.now() - startedAt;
    if (spentMs + longestMs > minutes * 60_000) {
      note(`the time is up: ${left.length - index} of ${plan.length} verdicts are not measured`);
      break;
    }
    const record = await measureVerdict(verdict, scenarioPath, join(folder, String(index)));
    records.append({ ...record, case: verdict.case, run: verdict.run, at: new Date().toISOString() });
    longestMs = Math.max(longestMs, performance.now() - startedAt - spentMs);
    note(`${plan.length - left.length + index + 1} of ${plan.length}, ${verdict.case}: ${recordText(record)}`);
  }
}

async function measureVerdict({ slower, seed }, scenarioPath, folder) {
  const job = { scenarioPath, slower, seed, folder };
  const url = new URL('run-verdict.js', import.meta.url);
  try {
    return { kind: 'verdict', ...(await runModule(url, job, verdictLimitMs, { endSignal: 'SIGTERM' })) };
  } catch (error) {
    return { kind: 'failure', message: error.message };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function recordText({ kind, message, verdict, judgedOn, seconds, distrust, rounds }) {
  if (kind === 'failure') return `did not come about: ${message.split('\n')[0]}`;
  const change = judgedOn.change === undefined ? '' : ` ${signedPercent(judgedOn.change)} at ${judgedOn.name}`;
  const doubt = distrust.length === 0 ? '' : `, not trusted: ${distrust[0]}`;
  return `${verdict}${change}, ${rounds.length} rounds, ${seconds.toFixed(0)} s${doubt}`;
}

function note(text) {
  process.stderr.write(`${text}\n`);
}

/** A quick run leaves its file with everything else that is only for the moment. */
function recordPathOf({ resume, quick }, folder) {
  if (resume !== undefined) return resume;
  if (quick) return join(folder, 'verdicts.jsonl');
  const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return join('.chokepoint', 'bench', `verdicts-${stamp}.jsonl`);
}

async function bench(options, folder) {
  const { seed, quick, scenarioPath } = options;
  const path = recordPathOf(options, folder);
  const records = openRecords(path);
  const digest = createHash('sha256').update(readFileSync(scenarioPath)).digest('hex');
  const setting = { ...describeSetting(), digest, seed, isQuick: quick };
  requireSameSetting(records.entries, setting);
  if (!path.startsWith(folder)) note(`every verdict is kept; go on with what is missing: --resume ${path}`);
  records.append({ kind: 'session', ...setting, busyShare: await busyShare() });
  await measure(options, records, folder);
  records.append({ kind: 'end', busyShare: await busyShare() });
  return summarise(records.entries);
}

/** The page in the docs is for whole runs only. */
function outOf({ out, quick }, { cases }) {
  if (out !== undefined) return out;
  return !quick && cases.every(({ runs }) => runs >= targets.runs) ? fullOut : undefined;
}

await runBench({
  ...{ help, optionsOf, measure: bench, render, outOf },
  isMissed: ({ targets }) => targets.some(({ state }) => state !== 'met'),
});
