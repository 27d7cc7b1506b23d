import type { PlansArtifact } from '../model/plans.ts';
import { type QueriesArtifact, requestsOf } from '../model/queries.ts';
import type { EndpointStatement } from './grouping.ts';

/** Median time of one execution on an idle connection with nothing attached; `undefined` where it was not executed. */
export function roundTripMs(plans: PlansArtifact, fingerprint: string): number | undefined {
  const plan = plans.statements.find((statement) => statement.fingerprint === fingerprint);
  return plan?.status === 'analyzed' ? plan.roundTripMs : undefined;
}

/** The requests of an endpoint that were traced, and the share of them in which the statement was repeated. */
export function shareOfRequests(
  { endpoint, occurrences }: EndpointStatement,
  queries: QueriesArtifact,
): { readonly traced: number; readonly share: number } {
  const traced = requestsOf(queries, endpoint).length;
  return { traced, share: traced === 0 ? 0 : occurrences.length / traced };
}
