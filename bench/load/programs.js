import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../processes.js';
import { begin } from './fixture.js';

/**
 * The generators that are programs of their own, each run with its own command line and believed in its own report.
 *
 * They have no window after a warm-up, so their figures are those of the whole run, and their CPU time that of the process.
 */
const wrk = {
  name: 'wrk',
  models: ['closed'],
  // wrk knows its version only beside an error.
  version: ['-v'],
  command: ({ url, connections, windowMs }) => [
    ...['wrk', '-t1', `-c${connections}`, `-d${Math.max(1, Math.round(windowMs / 1000))}s`, '--timeout', '10s'],
    ...['-s', fileURLToPath(new URL('wrk-figures.lua', import.meta.url)), url],
  ],
  read({ stdout }) {
    const [requests, p50, p95, p99, lost] = /figures ([\d ]+)/.exec(stdout)[1].split(' ').map(Number);
    return { requests, lost, figuresUs: { p50, p95, p99 } };
  },
};

const k6 = {
  name: 'k6',
  models: ['closed', 'open'],
  version: ['version'],
  environment: { K6_NO_USAGE_REPORT: 'true' },
  command({ url, connections, ratePerS, windowMs, folder }) {
    const duration = `${windowMs}ms`;
    const closed = { executor: 'constant-vus', vus: connections, duration };
    const open = { executor: 'constant-arrival-rate', rate: ratePerS, duration, preAllocatedVUs: connections };
    const options = {
      scenarios: { load: ratePerS === undefined ? closed : open },
      summaryTrendStats: ['p(50)', 'p(95)', 'p(99)'],
      discardResponseBodies: true,
    };
    const file = join(folder, 'k6.js');
    writeFileSync(
      file,
      `import http from 'k6/http';
export const options = ${JSON.stringify(options)};
export default () => { http.get(${JSON.stringify(url)}); };
export const handleSummary = (data) => ({ stdout: JSON.stringify(data.metrics) });
`,
    );
    return ['k6', 'run', '--quiet', file];
  },
  read({ stdout }) {
    const metrics = JSON.parse(stdout.slice(stdout.indexOf('{')));
    const { values } = metrics.http_req_duration;
    const figuresUs = { p50: values['p(50)'] * 1000, p95: values['p(95)'] * 1000, p99: values['p(99)'] * 1000 };
    return { requests: metrics.http_reqs.values.count, lost: metrics.http_req_failed?.values.passes ?? 0, figuresUs };
  },
};

const oha = {
  name: 'oha',
  models: ['closed', 'open'],
  version: ['--version'],
  command: ({ url, connections, ratePerS, windowMs }) => [
    ...['oha', '--no-tui', '--output-format', 'json', '-z', `${windowMs}ms`, '-c', String(connections)],
    ...(ratePerS === undefined ? [] : ['-q', String(ratePerS), '--latency-correction']),
    url,
  ],
  read({ stdout }) {
    const { latencyPercentiles, statusCodeDistribution, errorDistribution } = JSON.parse(stdout);
    const { p50, p95, p99 } = latencyPercentiles;
    const lost = Object.values(errorDistribution ?? {}).reduce((total, count) => total + count, 0);
    return {
      requests: statusCodeDistribution[200],
      lost,
      figuresUs: { p50: p50 * 1e6, p95: p95 * 1e6, p99: p99 * 1e6 },
    };
  },
};

const artillery = {
  name: 'Artillery',
  program: 'artillery',
  models: ['closed', 'open'],
  version: ['--version'],
  environment: { ARTILLERY_DISABLE_TELEMETRY: 'true' },
  command({ url, connections, ratePerS, windowMs, folder }) {
    const { origin, pathname } = new URL(url);
    const get = { get: { url: pathname } };
    // Its users arrive and leave: as many as connections, who stay for the window, come nearest to a closed model.
    const seconds = Math.max(1, Math.round(windowMs / 1000));
    const closed = {
      phases: [{ duration: 1, arrivalCount: connections }],
      flow: [{ loop: [get], whileTrue: 'isTime' }],
    };
    const open = { phases: [{ duration: seconds, arrivalRate: ratePerS }], flow: [get] };
    const { phases, flow } = ratePerS === undefined ? closed : open;
    const processor = join(folder, 'artillery-time.cjs');
    const endsAt = Date.now() + 1000 + windowMs;
    writeFileSync(processor, `exports.isTime = (context, next) => next(Date.now() < ${endsAt + 2000});\n`);
    const script = { config: { target: origin, phases, processor }, scenarios: [{ flow }] };
    writeFileSync(join(folder, 'artillery.json'), JSON.stringify(script));
    const output = join(folder, 'artillery-report.json');
    return ['artillery', 'run', '--quiet', '--output', output, join(folder, 'artillery.json')];
  },
  read(_, { folder }) {
    const { counters, summaries } = JSON.parse(readFileSync(join(folder, 'artillery-report.json'), 'utf8')).aggregate;
    const { median, p95, p99 } = summaries['http.response_time'];
    const requests = counters['http.responses'];
    return {
      requests,
      lost: counters['http.requests'] - requests,
      figuresUs: { p50: median * 1000, p95: p95 * 1000, p99: p99 * 1000 },
    };
  },
};

/** Those that are on the PATH as contenders, and the names of the others; what they write goes into `folder`. */
export function detectPrograms(folder) {
  const all = [wrk, k6, oha, artillery];
  const isThere = ({ name, program = name }) =>
    (process.env.PATH ?? '').split(delimiter).some((path) => existsSync(join(path, program)));
  return {
    present: all.filter(isThere).map((program) => contender(program, folder)),
    missing: all.filter((program) => !isThere(program)).map(({ name }) => name),
  };
}

function contender(program, folder) {
  const { name, models, environment = {}, command, read } = program;
  return {
    name,
    models,
    version: versionOf(program),
    async run({ url, path, control, server, ...task }) {
      await begin(control, server);
      const own = { ...task, url: url + path, folder };
      const output = await runProgram(command(own), environment, task.windowMs + 60_000);
      const result = read(output, own);
      return { ...result, due: result.requests, cpuUs: output.cpuUs };
    },
  };
}

function versionOf({ name, program = name, version, environment = {} }) {
  const options = { encoding: 'utf8', env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'ignore'] };
  let text;
  try {
    text = execFileSync(program, version, options);
  } catch (error) {
    text = error.stdout ?? '';
  }
  return /\d+\.\d+(\.\d+)?/.exec(text)?.[0] ?? 'unknown';
}
