import type { PlansArtifact } from '../model/plans.ts';
import { type Execution, type QueriesArtifact, requestsOf } from '../model/queries.ts';
import type { EndpointStatement } from './grouping.ts';

/** Median time of one execution on an idle connection with nothing attached; `undefined` where it was not executed. */
export function roundTripMs(plans: PlansArtifact, fingerprint: string): number | undefined {
  const plan = plans.statements.find((statement) => statement.fingerprint === fingerprint);
  return plan?.status === 'analyzed' ? plan.roundTripMs : undefined;
}

/**
 * How many of these executions ran at the same time on the mean: 1 where each waited for the one before.
 *
 * A request waits for the sum of their durations divided by this.
 */
export function concurrencyOf(executions: readonly Execution[]): number {
  let sumMs = 0;
  let coveredMs = 0;
  let coveredToMs = Number.NEGATIVE_INFINITY;
  for (const { startMs, durationMs } of [...executions].sort((a, b) => a.startMs - b.startMs)) {
    const endMs = startMs + durationMs;
    sumMs += durationMs;
    coveredMs += Math.max(0, endMs - Math.max(startMs, coveredToMs));
    coveredToMs = Math.max(coveredToMs, endMs);
  }
  return coveredMs > 0 ? Math.max(1, sumMs / coveredMs) : 1;
}

/** The requests of an endpoint that were traced, and the share of them in which the statement was repeated. */
export function shareOfRequests(
  { endpoint, occurrences }: EndpointStatement,
  queries: QueriesArtifact,
): { readonly traced: number; readonly share: number } {
  const traced = requestsOf(queries, endpoint).length;
  return { traced, share: traced === 0 ? 0 : occurrences.length / traced };
}
