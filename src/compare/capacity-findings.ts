import type { FailureMode, Overload } from '../model/capacity.ts';
import type { Finding, Severity } from '../model/finding.ts';
import { countText } from './figures.ts';

/** What the overload shows to be wrong with how the service holds its own against too many requests. */
export function capacityFindings(overload: Overload | undefined, mode: FailureMode): readonly Finding[] {
  return overload ? [...noBackpressure(mode), ...missingRetryAfter(overload)] : [];
}

/** Failures that a bound on the requests under way, and a refusal of the rest, would have spared. */
const unbounded: Partial<Record<FailureMode['kind'], Severity>> = {
  crashes: 'high',
  collapses: 'high',
  'times-out': 'high',
  queues: 'medium',
};

/** The service neither sheds nor bounds its queue: whoever comes when there is too much waits behind all the others. */
function noBackpressure({ kind, summary, recovers, evidence }: FailureMode): readonly Finding[] {
  const severity = unbounded[kind];
  if (severity === undefined) return [];
  return [
    {
      key: 'no-backpressure',
      audit: 'no-backpressure',
      severity: recovers === false ? 'high' : severity,
      // It was overloaded, and this is what it did.
      grade: 'proven',
      summary: `Nothing is refused past the knee. ${summary}`,
      evidence: evidence.map((text) => ({ kind: 'text', text })),
    },
  ];
}

/** Clients that are refused without being told when to come back do so at once, or all at the same time. */
function missingRetryAfter({ refusals }: Overload): readonly Finding[] {
  const { refused, withRetryAfter, withoutRetryAfter } = refusals;
  if (refused === withRetryAfter) return [];
  const statuses = Object.entries(withoutRetryAfter).map(([status, count]) => `${count} × ${status}`);
  return [
    {
      key: 'missing-retry-after',
      audit: 'missing-retry-after',
      severity: 'low',
      grade: 'proven',
      summary: `Of ${countText(refused, 'refusal')} looked at ${refused - withRetryAfter} had no Retry-After (${statuses.join(', ')}).`,
      evidence: [],
    },
  ];
}
