import type { QueriesArtifact, Statement } from '../model/queries.ts';

/** What one statement costs one request of one endpoint, on the mean over its traced requests. */
export interface StatementUsage {
  readonly statement: Statement;
  readonly callsPerRequest: number;
  readonly msPerRequest: number;
  readonly rowsPerRequest: number;
}

/** The statements of every endpoint in the order of its first request, dearest statement first. */
export function statementUsage(queries: QueriesArtifact): ReadonlyMap<string, readonly StatementUsage[]> {
  const endpoints = new Map<
    string,
    { requests: number; byId: Map<number, { calls: number; ms: number; rows: number }> }
  >();
  for (const { endpoint, executions } of queries.requests) {
    const entry = endpoints.get(endpoint) ?? { requests: 0, byId: new Map() };
    endpoints.set(endpoint, entry);
    entry.requests++;
    for (const { statement, durationMs, rows } of executions) {
      const total = entry.byId.get(statement) ?? { calls: 0, ms: 0, rows: 0 };
      entry.byId.set(statement, { calls: total.calls + 1, ms: total.ms + durationMs, rows: total.rows + rows });
    }
  }
  return new Map(
    [...endpoints].map(([endpoint, { requests, byId }]) => [
      endpoint,
      [...byId]
        .flatMap(([id, { calls, ms, rows }]) => {
          const statement = queries.statements[id];
          if (!statement) return [];
          return [
            {
              statement,
              callsPerRequest: calls / requests,
              msPerRequest: ms / requests,
              rowsPerRequest: rows / requests,
            },
          ];
        })
        .sort((a, b) => b.msPerRequest - a.msPerRequest),
    ]),
  );
}
