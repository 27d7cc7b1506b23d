import { runModule } from '../processes.js';
import { chokepointModule, planOf } from './contenders.js';
import { flat } from './steps.js';

/**
 * What may be added per request, in bytes, in the second half, when everything is compiled and warm.
 *
 * A measurement does grow by one small histogram per second, about 0.2 bytes per request; a leak of as little as one
 * object per request is 16 and more. What the process has of the system moves in steps of whole pages.
 */
export const memoryTargets = { heapUsed: 1, rss: 5 };

/** With fewer requests a slope tells of what is still being compiled, not of a leak. */
const fewestToJudge = 500_000;

/** Memory after garbage collection, ten times on the way. */
export async function measureMemory({ fixture, requests, note }) {
  note(`memory over ${requests} requests`);
  const job = { kind: 'memory', plan: planOf(flat, fixture.url, 20), requests, every: requests / 10 };
  const { points } = await runModule(chokepointModule, job, 30_000 + requests / 2, {
    execArgv: ['--expose-gc'],
  });
  const settled = points.slice(points.length / 2);
  return {
    points,
    slopes: { heapUsed: slope(settled, 'heapUsed'), rss: slope(settled, 'rss') },
    isJudged: requests >= fewestToJudge,
  };
}

/** By least squares, in bytes per request. */
function slope(points, field) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(points.map(({ requests }) => requests));
  const y = mean(points.map((point) => point[field]));
  let above = 0;
  let below = 0;
  for (const point of points) {
    above += (point.requests - x) * (point[field] - y);
    below += (point.requests - x) ** 2;
  }
  return above / below;
}
