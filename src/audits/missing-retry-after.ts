import { defineAudit } from '../model/audit.ts';

/**
 * Refusals (429, 503) do not say when to come back: clients do so at once, or all at the same time.
 *
 * A service that refuses nothing has none to be without it; `no-backpressure` reports that.
 */
export const missingRetryAfter = defineAudit({
  id: 'missing-retry-after',
  technique: 'backpressure',
  title: 'Refusals say when to come back',
  failureTitle: 'Refusals do not say when to come back',
  why: 'A client that is refused without Retry-After asks again at once, which makes an overload longer.',
  fix: 'Send Retry-After with every 429 and 503, in seconds, a little apart for each client.',
  requires: ['capacity'],
  defaults: {},

  run({ capacity: { overload, failureMode } }) {
    if (!overload) return { inconclusive: failureMode.summary };
    const { refused, withRetryAfter, withoutRetryAfter } = overload.refusals;
    if (refused === 0 && failureMode.kind === 'sheds') {
      return { inconclusive: 'it refuses requests, but none of those that were looked at one by one' };
    }
    if (refused === withRetryAfter) return [];
    const statuses = Object.entries(withoutRetryAfter).map(([status, count]) => `${count} × ${status}`);
    const summary =
      `Of ${refused} ${refused === 1 ? 'refusal' : 'refusals'} looked at ` +
      `${refused - withRetryAfter} had no Retry-After (${statuses.join(', ')}).`;
    return [
      {
        key: 'missing-retry-after',
        audit: 'missing-retry-after',
        severity: 'low',
        grade: 'proven',
        summary,
        evidence: [],
      },
    ];
  },
});
