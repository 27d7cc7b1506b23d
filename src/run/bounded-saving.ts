import { type Finding, severityOfSaving } from '../model/finding.ts';
import type { EndpointRound, LoadArtifact } from '../model/load.ts';

/** Their savings are those of the load itself, and CPU time of the profile: nothing was tried. */
const notTried = new Set(['pool-exhausted', 'cpu-hotspot']);

/** Answers that failed take their own time; where more of them are in the mean, it bounds nothing. */
const mostFailed = 0.01;

/**
 * The finding with a saving that its endpoint can have on the mean: no more than the mean response time of the measured
 * rounds.
 *
 * Trials have the slowest captured values, and come later, when the machine may be busier: their two statements can take
 * longer than the whole request that sends them. Without a saving, or where the endpoint was not measured, the finding is
 * left as it is.
 */
export function boundedSaving(finding: Finding, load: LoadArtifact): Finding {
  const { audit, endpoint, savingMs, evidence } = finding;
  if (endpoint === undefined || savingMs === undefined || notTried.has(audit)) return finding;
  const meanMs = meanResponseMs(load, endpoint);
  if (meanMs === undefined || savingMs <= meanMs) return finding;
  const text = `No more than a whole request took while it was measured, ${meanMs.toPrecision(3)} ms on the mean, can be saved: what was tried took longer, with the slowest values that were seen, or on a busier machine.`;
  return {
    ...finding,
    savingMs: meanMs,
    severity: severityOfSaving(meanMs),
    evidence: [...evidence, { kind: 'text', text }],
  };
}

function meanResponseMs({ rounds }: LoadArtifact, endpoint: string): number | undefined {
  const measured = rounds.flatMap(({ endpoints }) => endpoints[endpoint] ?? []);
  const sumOf = (of: (round: EndpointRound) => number) => measured.reduce((sum, round) => sum + of(round), 0);
  const count = sumOf(({ responseTime }) => responseTime.count);
  if (count === 0 || sumOf(({ failed }) => failed) > mostFailed * count) return undefined;
  return sumOf(({ responseTime }) => responseTime.sumUs) / count / 1000;
}
