import { type Finding, severityOfSaving } from '../model/finding.ts';
import type { LoadArtifact } from '../model/load.ts';

/**
 * The finding with a saving that its endpoint can have: no more than the mean response time of the measured rounds.
 *
 * What is tried is tried later, and where the machine is busier by then, two statements can take longer than the whole
 * request that sends them. Without a saving, or where the endpoint was not measured, the finding is left as it is.
 */
export function boundedSaving(finding: Finding, load: LoadArtifact): Finding {
  const { endpoint, savingMs, evidence } = finding;
  if (endpoint === undefined || savingMs === undefined) return finding;
  const meanMs = meanResponseMs(load, endpoint);
  if (meanMs === undefined || savingMs <= meanMs) return finding;
  const shown = meanMs.toPrecision(3);
  const text = `A whole request took ${shown} ms on the mean while it was measured, less than what was tried later: the machine was busier then. No more than that can be saved.`;
  return {
    ...finding,
    savingMs: meanMs,
    severity: severityOfSaving(meanMs),
    evidence: [...evidence, { kind: 'text', text }],
  };
}

function meanResponseMs({ rounds }: LoadArtifact, endpoint: string): number | undefined {
  const times = rounds.flatMap(({ endpoints }) => endpoints[endpoint]?.responseTime ?? []);
  const count = times.reduce((sum, each) => sum + each.count, 0);
  return count === 0 ? undefined : times.reduce((sum, each) => sum + each.sumUs, 0) / count / 1000;
}
