import type { HttpArtifact, HttpResponseFacts } from '../model/http.ts';
import {
  type Execution,
  type QueriesArtifact,
  type ResultColumn,
  readsSystemTables,
  type TracedRequest,
  valuesOf,
} from '../model/queries.ts';
import { valueHash } from '../model/value-hash.ts';
import { median } from '../stats/summary.ts';
import { answeredBytes, perRequest, type StatementUse, statementUses } from './statement-use.ts';

/** A statement that gives an endpoint far more bytes than it answers. */
export interface OverFetch extends StatementUse {
  /** Medians of one request that runs it. */
  readonly rows: number;
  readonly fetchedBytes: number;
  readonly answeredBytes: number;
  /** Columns that no answer holds, in the order of the result. */
  readonly unused: readonly UnusedColumn[];
}

export interface UnusedColumn {
  readonly name: string;
  /** Median of one request, over all its rows. */
  readonly bytes: number;
}

export interface OverFetchLimits {
  readonly minBytes: number;
  readonly columnRatio: number;
  readonly rowRatio: number;
}

/**
 * The statements whose columns, or rows, cannot be in the answers because they are larger than those.
 *
 * A column must have `minBytes` in each request and `columnRatio` times the bytes of the answer, counting equal values
 * once, and none of its values may be in an answer or be bound by another statement. Where no column is like that, all
 * bytes together must be `rowRatio` times those of the answer. Requests that write are passed over: what they fetch may
 * be copied.
 */
export function overFetches(
  queries: QueriesArtifact,
  http: HttpArtifact,
  limits: OverFetchLimits,
): readonly OverFetch[] {
  const pairs = pairedWithResponses(queries, http);
  return statementUses(queries).flatMap((use) => {
    const answered = answeredBytes(http, use.endpoint);
    if (answered === undefined || readsSystemTables(use.statement)) return [];
    const own = pairs.filter(({ request }) => request.endpoint === use.endpoint);
    // An answer without a body (HEAD, 304, a redirect) holds nothing by its nature.
    const isAnswered = own.length > 0 && own.every(({ response }) => response.status < 300 && response.bodyBytes > 0);
    if (!isAnswered || own.some(({ request }) => writes(request, queries))) return [];
    const fetchedBytes = perRequest(use, (execution) => execution.bytes);
    if (fetchedBytes < limits.minBytes) return [];
    const unused = unusedColumns(use, own, { ...limits, answered });
    if (unused.length === 0 && fetchedBytes < limits.rowRatio * Math.max(1, answered)) return [];
    const rows = perRequest(use, (execution) => execution.rows);
    return [{ ...use, rows, fetchedBytes, answeredBytes: answered, unused }];
  });
}

interface Pair {
  readonly request: TracedRequest;
  readonly response: HttpResponseFacts;
}

/** Both passes over the same requests, in the same order; nothing where they do not fit together. */
function pairedWithResponses({ requests }: QueriesArtifact, { responses }: HttpArtifact): readonly Pair[] {
  const pairs = requests.flatMap((request, index): readonly Pair[] => {
    const response = responses[index];
    return response ? [{ request, response }] : [];
  });
  const fits = pairs.every(
    ({ request, response }) => request.endpoint === response.endpoint && request.status === response.status,
  );
  return fits && requests.length === responses.length ? pairs.filter(({ request }) => request.status < 400) : [];
}

function writes({ executions }: TracedRequest, { statements }: QueriesArtifact): boolean {
  return executions.some(({ statement }) => {
    const kind = statements[statement]?.kind;
    return kind === 'insert' || kind === 'update' || kind === 'delete';
  });
}

interface ColumnLimits extends OverFetchLimits {
  readonly answered: number;
}

function unusedColumns(use: StatementUse, pairs: readonly Pair[], limits: ColumnLimits): readonly UnusedColumn[] {
  const { minBytes, columnRatio, answered } = limits;
  const [first] = use.byRequest.flat();
  return (first?.columns ?? []).flatMap(({ name }, index): readonly UnusedColumn[] => {
    const isDoubtful = use.byRequest.flat().some(({ columns }) => columns[index]?.name !== name);
    if (isDoubtful) return [];
    const sizes = use.byRequest.map((executions) => sizeOf(executions, index));
    const distinct = median(sizes.map((size) => size.distinctBytes)) ?? 0;
    if (distinct < minBytes || distinct < columnRatio * answered) return [];
    if (pairs.some((pair) => isUsed(use, index, pair))) return [];
    return [{ name, bytes: median(sizes.map((size) => size.bytes)) ?? 0 }];
  });
}

/** Bytes of a column in one request, and of its different values; of rows beyond those hashed by their mean. */
function sizeOf(executions: readonly Execution[], index: number) {
  let bytes = 0;
  let hashed = 0;
  const distinct = new Set<string>();
  for (const { columns, rows } of executions) {
    const { valueHashes = [], hashedBytes = 0 }: Partial<ResultColumn> = columns[index] ?? {};
    bytes += valueHashes.length === 0 ? 0 : (hashedBytes * rows) / valueHashes.length;
    hashed += valueHashes.length;
    for (const hash of valueHashes) distinct.add(hash);
  }
  return { bytes, distinctBytes: hashed === 0 ? 0 : (bytes * distinct.size) / hashed };
}

function isUsed({ statement }: StatementUse, index: number, { request, response }: Pair): boolean {
  const own = request.executions.filter((execution) => execution.statement === statement.id);
  const others = request.executions.filter((execution) => execution.statement !== statement.id);
  const seen = new Set([
    ...(response.values?.hashes ?? []),
    ...others.flatMap((execution) => valuesOf(execution).map(valueHash)),
  ]);
  return own.some(({ columns }) => columns[index]?.valueHashes.some((hash) => hash !== '' && seen.has(hash)));
}
