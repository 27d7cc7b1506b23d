import type { Evidence } from '../model/finding.ts';
import type { CodePlace, Execution, RepeatedStatement } from '../model/queries.ts';
import { median } from '../stats/summary.ts';
import type { EndpointStatement } from './grouping.ts';

/**
 * The statement of a group with its calls and time per request, medians over the requests that repeat it, and the line
 * that sends it where that is one.
 *
 * @param told - how the calls are told: `runs 5 times`
 * @param traced - requests of the endpoint that were traced
 */
export function repeatedEvidence(
  { statement, occurrences }: EndpointStatement,
  told: string,
  traced: number,
): Evidence {
  return {
    kind: 'statement',
    label: `${told} (seen in ${occurrences.length} of ${traced} requests)`,
    sql: statement.normalized,
    calls: repeatsPerRequest(occurrences),
    totalMs: median(occurrences.map(({ executions }) => totalMs(executions))) ?? 0,
    ...commonPlace(occurrences),
  };
}

/** How often the statement runs in one request that repeats it: the median. */
export function repeatsPerRequest(occurrences: readonly RepeatedStatement[]): number {
  return Math.round(median(occurrences.map(({ executions }) => executions.length)) ?? 0);
}

/** The line from which all of these executions were sent; nothing where two lines send them, or none is known. */
export function commonPlace(occurrences: readonly Pick<RepeatedStatement, 'executions'>[]): {
  readonly place?: CodePlace;
} {
  const places = occurrences.flatMap(({ executions }) => executions.flatMap(({ place }) => place ?? []));
  const [place] = places;
  if (!place || places.some(({ file, line }) => file !== place.file || line !== place.line)) return {};
  return { place };
}

function totalMs(executions: readonly Execution[]): number {
  return executions.reduce((sum, { durationMs }) => sum + durationMs, 0);
}
