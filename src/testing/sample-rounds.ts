import type { EndpointRound, LoadArtifact, LoadRound, StoredHistogram } from '../model/load.ts';
import { createHistogram } from '../stats/histogram.ts';

/** A histogram of these times. */
export function histogramOf(timesMs: readonly number[]): StoredHistogram {
  const histogram = createHistogram();
  for (const ms of timesMs) histogram.record(ms * 1000);
  return histogram.store();
}

/** 100 requests of 10 ms that were answered as expected; what is not given of the sums follows from what is. */
export function endpointRound(more: Partial<EndpointRound> = {}): EndpointRound {
  const { answered = 100, timedOut = 0, lost = 0, unsent = 0 } = more;
  const sent = more.sent ?? answered + timedOut + lost;
  const responseTime = more.responseTime ?? histogramOf(Array.from({ length: answered }, () => 10));
  return {
    due: sent + unsent,
    sent,
    unsent,
    answered,
    failed: 0,
    timedOut,
    lost,
    bytes: answered * 1000,
    responseTime,
    serviceTime: responseTime,
    statuses: { 200: answered },
    failures: {},
    troubles: {},
    ...more,
  };
}

/** Four seconds of one endpoint, `GET /a`. */
export function loadRound(more: Partial<LoadRound> = {}): LoadRound {
  return { durationMs: 4000, endpoints: { 'GET /a': endpointRound() }, seconds: [], ...more };
}

/** Eight rounds of a closed load by a generator that kept up. */
export function loadArtifact(more: Partial<LoadArtifact> = {}): LoadArtifact {
  return {
    model: { kind: 'closed', connections: 10 },
    rounds: Array.from({ length: 8 }, () => loadRound()),
    health: { utilization: 0.3, threads: 1, lagP95Ms: 0.2, lagP99Ms: 0.4 },
    insecure: false,
    design: 'sliced',
    seed: 1,
    starters: Array.from({ length: 8 }, (_, round) => (round % 3 === 0 ? 'before' : 'after')),
    ...more,
  };
}
