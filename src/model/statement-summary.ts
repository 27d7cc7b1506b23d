import { type QueriesArtifact, requestsOf, type StatementCoverage, type StatementSourceName } from './queries.ts';

/** Where the statements of a variant come from and how much of them was seen, as `run.json` holds it. */
export interface StatementSummary extends StatementCoverage {
  readonly source: StatementSourceName;
  /** Requests that were traced. */
  readonly requests: number;
  /** Statements per request of each flow, counted by the server under full load, and traced one request at a time. */
  readonly underLoad?: readonly { readonly flow: string; readonly calls: number; readonly traced: number }[];
}

export function statementSummary(queries: QueriesArtifact): StatementSummary {
  const { source, requests, coverage, underLoad } = queries;
  return {
    source,
    requests: requests.length,
    ...coverage,
    ...(underLoad && {
      underLoad: underLoad
        .filter((flow) => flow.requests > 0)
        .map(({ flow, endpoints, statements }) => ({
          flow,
          calls: statements.reduce((sum, { calls }) => sum + calls, 0),
          traced: tracedPerRequest(queries, endpoints),
        })),
    }),
  };
}

/** Of a flow that sends each of its endpoints as often, which is once. */
function tracedPerRequest(queries: QueriesArtifact, endpoints: readonly string[]): number {
  const means = endpoints.map((endpoint) => {
    const requests = requestsOf(queries, endpoint);
    const calls = requests.reduce(
      (sum, { executions, counts = [] }) => sum + executions.length + counts.reduce((all, each) => all + each.calls, 0),
      0,
    );
    return requests.length === 0 ? 0 : calls / requests.length;
  });
  return means.reduce((sum, mean) => sum + mean, 0) / Math.max(1, endpoints.length);
}
