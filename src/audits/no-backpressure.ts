import { defineAudit } from '../model/audit.ts';
import type { FailureModeKind } from '../model/capacity.ts';
import type { Severity } from '../model/finding.ts';

/** Failures that a bound on the requests under way, and a refusal of the rest, would have spared. */
const unbounded: Partial<Record<FailureModeKind, Severity>> = {
  crashes: 'high',
  collapses: 'high',
  'times-out': 'high',
  queues: 'medium',
};

/**
 * The service neither sheds nor bounds its queue: whoever comes when there is too much waits behind all the others.
 *
 * What it does is seen in an overload by the clock, so that a service that slows its callers down cannot hide it.
 */
export const noBackpressure = defineAudit({
  id: 'no-backpressure',
  technique: 'backpressure',
  title: 'What is too much is refused',
  failureTitle: 'Nothing is refused past the knee',
  why: 'A queue without a bound grows as long as more comes than goes, until everyone waits for an answer that comes too late.',
  fix: 'Bound the requests under way and the queue before them, and refuse what is more with 503 and Retry-After.',
  requires: ['capacity'],
  defaults: {},

  run({ capacity: { failureMode } }) {
    const { kind, summary, recovers, evidence } = failureMode;
    if (kind === 'sheds') return [];
    const severity = unbounded[kind];
    if (severity === undefined) return { inconclusive: summary };
    return [
      {
        key: 'no-backpressure',
        audit: 'no-backpressure',
        severity: recovers === false ? 'high' : severity,
        // It was overloaded, and this is what it did.
        grade: 'proven',
        summary,
        evidence: evidence.map((text) => ({ kind: 'text', text })),
      },
    ];
  },
});
