import type { LoadRound, LoadSecond } from '../model/load.ts';
import { createRandom } from '../model/random.ts';
import { sampleEndpoints } from './sample-metrics.ts';
import { endpointRound, histogramOf, loadRound } from './sample-rounds.ts';

const rounds = 8;
const seconds = 8;
const requestsPerSecond = 40;

/** The rounds of one variant of the sample run, second by second; `side` is 0 for before and 1 for after. */
export function sampleRounds(side: 0 | 1): readonly LoadRound[] {
  const random = createRandom(900 + side);
  const times = (p95Ms: number) => {
    const level = p95Ms * (0.9 + 0.2 * random());
    return Array.from({ length: requestsPerSecond }, () => level * (0.55 + 0.5 * random()));
  };
  const secondOf = (second: number): LoadSecond => ({
    second,
    endpoints: Object.fromEntries(
      sampleEndpoints.map(({ endpoint, p95Ms }) => [
        endpoint,
        { answered: requestsPerSecond, unsuccessful: 0, responseTime: histogramOf(times(p95Ms[side])) },
      ]),
    ),
  });
  const endpoints = Object.fromEntries(
    sampleEndpoints.map(({ endpoint, p95Ms }) => [
      endpoint,
      endpointRound({ answered: seconds * requestsPerSecond, responseTime: histogramOf(times(p95Ms[side])) }),
    ]),
  );
  return Array.from({ length: rounds }, () =>
    loadRound({
      durationMs: seconds * 1000,
      endpoints,
      seconds: Array.from({ length: seconds }, (_, at) => secondOf(at)),
    }),
  );
}
