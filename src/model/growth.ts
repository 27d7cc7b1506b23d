import { type QueriesArtifact, type RepeatedStatement, requestsOf, type TracedRequest } from './queries.ts';

/** A statement that runs as often as another one gave rows, in requests that asked for lists of different lengths. */
export interface Growth {
  /** Index in `QueriesArtifact.statements` of the statement that gave the rows. */
  readonly statement: number;
  /** How often the loop runs for each row. */
  readonly perRow: number;
  /** One entry for each length that was seen, the shortest first. */
  readonly sizes: readonly { readonly rows: number; readonly repeats: number; readonly requests: number }[];
}

/** Two lengths may agree by chance, as a constant beside a page size; three do not. */
const minSizes = 3;

/**
 * The earlier statement whose rows the loop follows exactly, in every request of the endpoint that was answered.
 *
 * It needs requests that differ in how many rows they load, such as flows with several page sizes, and knows nothing
 * of values: it finds the parent of a loop whose values the service gives another form.
 */
export function findGrowth(queries: QueriesArtifact, occurrences: readonly RepeatedStatement[]): Growth | undefined {
  const [first] = occurrences;
  if (!first) return undefined;
  const loops = new Map(occurrences.map((occurrence) => [occurrence.request, occurrence]));
  const requests = requestsOf(queries, first.request.endpoint).filter(({ status }) => status < 400);
  const candidates = queries.statements.filter(({ id, kind }) => kind === 'select' && id !== first.statement.id);
  return candidates
    .flatMap(({ id }) => growthOver(id, first.statement.id, requests, loops) ?? [])
    .sort((a, b) => b.sizes.length - a.sizes.length || a.perRow - b.perRow)[0];
}

function growthOver(
  parent: number,
  loop: number,
  requests: readonly TracedRequest[],
  loops: ReadonlyMap<TracedRequest, RepeatedStatement>,
): Growth | undefined {
  const sizes = new Map<number, { repeats: number; requests: number }>();
  let perRow: number | undefined;
  for (const request of requests) {
    const runs = loops.get(request)?.executions ?? request.executions.filter(({ statement }) => statement === loop);
    const beginMs = Math.min(...runs.map(({ startMs }) => startMs));
    const sources = request.executions.filter(({ statement, startMs }) => statement === parent && startMs < beginMs);
    const rows = sources.reduce((sum, execution) => sum + execution.rows, 0);
    if (sources.length === 0 || (rows === 0) !== (runs.length === 0)) return undefined;
    if (rows > 0) {
      perRow ??= runs.length / rows;
      if (runs.length !== perRow * rows || !Number.isInteger(perRow)) return undefined;
    }
    const known = sizes.get(rows);
    if (known) known.requests += 1;
    else sizes.set(rows, { repeats: runs.length, requests: 1 });
  }
  if (perRow === undefined || sizes.size < minSizes) return undefined;
  const ordered = [...sizes].sort(([a], [b]) => a - b);
  return { statement: parent, perRow, sizes: ordered.map(([rows, seen]) => ({ rows, ...seen })) };
}
