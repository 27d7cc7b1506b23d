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
  for (const { endpoint, executions, counts = [] } of queries.requests) {
    const entry = endpoints.get(endpoint) ?? { requests: 0, byId: new Map() };
    endpoints.set(endpoint, entry);
    entry.requests++;
    const single = executions.map(({ statement, durationMs, rows }) => ({
      ...{ statement, calls: 1, totalMs: durationMs, rows },
    }));
    for (const { statement, calls, totalMs, rows } of [...single, ...counts]) {
      const total = entry.byId.get(statement) ?? { calls: 0, ms: 0, rows: 0 };
      entry.byId.set(statement, {
        calls: total.calls + calls,
        ms: total.ms + totalMs,
        rows: total.rows + rows,
      });
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
