import type { HttpArtifact, HttpResponseFacts } from '../model/http.ts';
import { type Execution, type QueriesArtifact, requestsOf, type Statement } from '../model/queries.ts';
import { median } from '../stats/summary.ts';
import { notTraced } from './traced.ts';

/** Why results prove nothing: only the tap sees them. `undefined` where it listened, and requests were traced. */
export function noResultsSeen(queries: QueriesArtifact): string | undefined {
  const reason = notTraced(queries);
  if (reason) return reason;
  return queries.source === 'wire-tap' ? undefined : 'nothing stood between service and database that sees results';
}

/** What one statement gave to the traced requests of one endpoint. */
export interface StatementUse {
  readonly endpoint: string;
  readonly statement: Statement;
  /** Those that succeeded, of each request that ran it. */
  readonly byRequest: readonly (readonly Execution[])[];
  /** The share of the endpoint's traced requests that ran it. */
  readonly share: number;
  readonly traced: number;
}

/** Every SELECT by the endpoints that ran it. */
export function statementUses(queries: QueriesArtifact): readonly StatementUse[] {
  const endpoints = [...new Set(queries.requests.map(({ endpoint }) => endpoint))];
  return endpoints.flatMap((endpoint) => {
    const requests = requestsOf(queries, endpoint);
    const reads = queries.statements.filter(({ kind }) => kind === 'select');
    return reads.flatMap((statement): readonly StatementUse[] => {
      const byRequest = requests
        .map(({ executions }) => executions.filter((each) => each.statement === statement.id && !each.error))
        .filter(({ length }) => length > 0);
      if (byRequest.length === 0) return [];
      return [{ endpoint, statement, byRequest, share: byRequest.length / requests.length, traced: requests.length }];
    });
  });
}

/** The median over the requests that ran it, of what all its executions in one request gave. */
export function perRequest({ byRequest }: StatementUse, of: (execution: Execution) => number): number {
  return median(byRequest.map((executions) => executions.reduce((sum, each) => sum + of(each), 0))) ?? 0;
}

/** The answers of an endpoint that are no errors. */
export function answersOf({ responses }: HttpArtifact, endpoint: string): readonly HttpResponseFacts[] {
  return responses.filter((response) => response.endpoint === endpoint && response.status < 400);
}

/** Median size of an endpoint's answers without their encoding; `undefined` where it is not known. */
export function answeredBytes(http: HttpArtifact, endpoint: string): number | undefined {
  const sizes = answersOf(http, endpoint).map(({ decodedBytes }) => decodedBytes);
  return sizes.includes(undefined) ? undefined : median(sizes as readonly number[]);
}
