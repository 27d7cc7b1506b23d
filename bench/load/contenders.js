import { runModule } from '../processes.js';
import { request } from './steps.js';

/**
 * A generator as the benchmark sees it: `run(task)` answers `{ requests, due, lost, cpuUs, figuresUs }`.
 *
 * A task holds `url`, `connections`, `ratePerS` (open model; else closed), `warmupMs`, `windowMs`, `control` and what the
 * `server` is to do. A quantile that a generator does not tell is left out of `figuresUs`.
 */
const startMs = 20_000;

/** Runs our generator, and nothing else, in a process of its own. */
export const chokepointModule = new URL('run-chokepoint.js', import.meta.url);

/** Ours: response time, and where the task says so service time. */
export const chokepoint = {
  name: 'chokepoint',
  isOurs: true,
  models: ['closed', 'open'],
  async run({ url, path, connections, ratePerS, compared, ...task }) {
    const steps = [request(`GET ${path}`)];
    const result = await runOurs(steps, url, connections, ratePerS, task);
    return { ...result, figuresUs: compared === 'service' ? result.serviceUs : result.responseUs };
  },
};

/** Stock autocannon; its `overallRate` is the nearest that it has to an open model. */
export const autocannon = {
  name: 'autocannon',
  models: ['closed', 'open'],
  run: ({ url, path, ...task }) =>
    runModule(
      new URL('run-autocannon.js', import.meta.url),
      { url: url + path, ...task },
      task.warmupMs + task.windowMs + startMs,
    ),
};

/** Sockets of Node and nothing else: about what of our error is Node's own. */
export const bareSockets = {
  name: 'bare node:net',
  models: ['closed'],
  run: (task) =>
    runModule(new URL('run-bare-sockets.js', import.meta.url), task, task.warmupMs + task.windowMs + startMs),
};

/** Runs steps in the closed model, or in the open one where there is a rate. */
export async function runOurs(steps, url, connections, ratePerS, task) {
  const job = { plan: planOf(steps, url, connections, ratePerS), ...task };
  const result = await runModule(chokepointModule, job, task.warmupMs + task.windowMs + startMs);
  // What fails early is cheap: a figure of such a run would flatter.
  if (result.failed > 0) {
    throw new Error(`${result.failed} of ${result.requests} requests failed: ${JSON.stringify(result.failures)}`);
  }
  return result;
}

export function planOf(steps, url, connections, ratePerS) {
  const closed = { kind: 'closed', connections };
  const phases = [{ fromPerS: ratePerS, toPerS: ratePerS, warmup: false }];
  const open = { kind: 'open', phases, arrivals: 'even', connections };
  return {
    url,
    headers: {},
    flows: [{ name: 'flow', weight: 1, steps }],
    data: [],
    seed: 1,
    timeoutMs: 10_000,
    model: ratePerS === undefined ? closed : open,
  };
}
