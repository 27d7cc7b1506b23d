import { type QueriesArtifact, readsSystemTables, requestsOf, type Statement } from '../model/queries.ts';
import { median } from '../stats/summary.ts';

/** A statement that ran again and again in the requests of one endpoint, as far as counts alone tell. */
export interface CountedRepeat {
  readonly endpoint: string;
  readonly statement: Statement;
  /** Calls in one request, and their time: medians over the requests in which it was repeated. */
  readonly calls: number;
  readonly totalMs: number;
  readonly seenIn: number;
  readonly traced: number;
}

/** Reads that ran at least `minRepeats` times in one request, from a source that knows no values. */
export function countedRepeats(queries: QueriesArtifact, minRepeats: number): readonly CountedRepeat[] {
  const endpoints = [...new Set(queries.requests.map(({ endpoint }) => endpoint))];
  return endpoints.flatMap((endpoint) => {
    const requests = requestsOf(queries, endpoint);
    return queries.statements
      .filter((statement) => statement.kind === 'select' && !readsSystemTables(statement))
      .flatMap((statement): readonly CountedRepeat[] => {
        const repeated = requests
          .flatMap(({ counts = [] }) => counts.filter((count) => count.statement === statement.id))
          .filter(({ calls }) => calls >= minRepeats);
        if (repeated.length === 0) return [];
        return [
          {
            ...{ endpoint, statement, seenIn: repeated.length, traced: requests.length },
            calls: Math.round(median(repeated.map(({ calls }) => calls)) ?? 0),
            totalMs: median(repeated.map(({ totalMs }) => totalMs)) ?? 0,
          },
        ];
      });
  });
}
