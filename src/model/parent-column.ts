import { type Execution, type RepeatedStatement, valuesOf } from './queries.ts';
import { hashAt, joined, type ParentKey, readSource, type Source, sourcesOf } from './result-values.ts';

/** The column, or the columns of one row, of earlier results that fed a loop of statements. */
export interface ParentColumn {
  /** Index in `QueriesArtifact.statements` of the statement that gave the rows; the loop's own where it walks a tree. */
  readonly statement: number;
  /** Names of the columns, joined by commas. */
  readonly column: string;
  /** Which column fed which value. */
  readonly keys: readonly ParentKey[];
  /** Rows of the results that hold the column. */
  readonly rows: number;
  /** Loop statements whose varying value is in the column. */
  readonly matched: number;
  /** All loop statements: more than `matched` by the root of a tree, and by rows beyond those whose values are kept. */
  readonly repeats: number;
  /** Whether the values were used in the order in which they first appear in the rows. */
  readonly inOrder: boolean;
}

/**
 * Below so many different values chance can match them: then each value must be used, and in order, unless the loop
 * ran all at once or walks a tree.
 */
const fewValues = 10;
/** A column that holds far more values than the loop used is no proof: small integers occur in many columns. */
const minUsedShare = 0.8;
/** The same where the order does not agree, as it may not where a pool runs the loop on several connections. */
const minUnorderedShare = 0.9;
/** A statement with more values that vary is matched by each of them alone: their combinations grow too many. */
const maxKeys = 3;
/** Values that repeat more than this (a status, a month) are a category, which constants of the code match by chance. */
const minDistinctShare = 0.5;
/** The tap stamps both ends on one clock; a twentieth of a millisecond is its reading of two socket events. */
const clockMs = 0.05;

/** The best of {@link findParentColumns}. */
export function findParentColumn(repeated: RepeatedStatement): ParentColumn | undefined {
  return findParentColumns(repeated)[0];
}

/**
 * The column that fed the loop in every one of these requests; `undefined` unless it is the same one in all.
 *
 * Its counts are the sums over the requests.
 */
export function findCommonParent(occurrences: readonly RepeatedStatement[]): ParentColumn | undefined {
  const [first, ...others] = occurrences.map(findParentColumns);
  const common = (first ?? []).flatMap((candidate) => {
    const same = others.flatMap((list) => list.find((other) => isSameColumn(other, candidate)) ?? []);
    if (same.length < others.length) return [];
    const all = [candidate, ...same];
    return [
      {
        ...candidate,
        rows: sum(all.map(({ rows }) => rows)),
        matched: sum(all.map(({ matched }) => matched)),
        repeats: sum(all.map(({ repeats }) => repeats)),
        inOrder: all.every(({ inOrder }) => inOrder),
      },
    ];
  });
  return common.find(({ inOrder }) => inOrder) ?? common[0];
}

/**
 * The result columns that hold every value over which the loop ran, which proves an N+1; the most convincing first.
 *
 * A value counts only if its row was complete before the statement that used it began. Values are compared as texts:
 * one that the service reformats (`7` for `007`, a date) matches nothing.
 */
export function findParentColumns({ request, statement, executions }: RepeatedStatement): readonly ParentColumn[] {
  const loop = [...executions].sort((a, b) => a.startMs - b.startMs);
  const lastStartMs = loop.at(-1)?.startMs ?? 0;
  const sources = sourcesOf(request.executions.filter((execution) => endMs(execution) <= lastStartMs + clockMs));
  const varying = varyingPositions(loop);
  const candidates = sources.flatMap((results) =>
    keysToTry(loop, varying, results).flatMap((keys) => match(loop, keys, readSource(results, keys), statement.id)),
  );
  const names = statement.tables.map(singular);
  const isNamed = ({ column }: ParentColumn) => names.some((name) => column.toLowerCase().includes(name));
  return candidates
    .map(({ parent, used }) => ({ parent, used, named: isNamed(parent) }))
    .sort(
      (a, b) =>
        Number(b.parent.inOrder) - Number(a.parent.inOrder) ||
        b.parent.keys.length - a.parent.keys.length ||
        b.used - a.used ||
        Number(b.named) - Number(a.named) ||
        a.parent.rows - b.parent.rows,
    )
    .map(({ parent }) => parent);
}

/** Positions of the values that differ between executions of one statement, bound values before literals. */
export function varyingPositions(executions: readonly Execution[]): readonly number[] {
  const values = executions.map(valuesOf);
  const width = Math.max(0, ...values.map(({ length }) => length));
  return Array.from({ length: width }, (_, position) => position).filter(
    (position) => new Set(values.map((list) => list[position])).size > 1,
  );
}

/** Each column for each value that varies; and where several vary, each combination of columns that may hold them all. */
function keysToTry(
  loop: readonly Execution[],
  varying: readonly number[],
  results: readonly Execution[],
): readonly (readonly ParentKey[])[] {
  const columns = results[0]?.columns ?? [];
  const single = varying.flatMap((position) => columns.map((_, columnIndex) => ({ position, columnIndex })));
  const alone = single.map((key) => [key]);
  if (varying.length < 2 || varying.length > maxKeys) return alone;
  // The last execution looked its value up when all results were there: a column without it is none of them.
  const last = loop.at(-1);
  const holdsLast = ({ position, columnIndex }: ParentKey) => {
    const hash = last ? hashAt(last, position) : '';
    return results.some(({ columns: own }) => own[columnIndex]?.valueHashes.includes(hash));
  };
  const together = varying.reduce<readonly (readonly ParentKey[])[]>(
    (combinations, position) => {
      const fitting = single.filter((key) => key.position === position && holdsLast(key));
      return combinations.flatMap((keys) => fitting.map((key) => [...keys, key]));
    },
    [[]],
  );
  return [...together, ...alone];
}

function match(
  loop: readonly Execution[],
  keys: readonly ParentKey[],
  source: Source,
  loopStatement: number,
): readonly { readonly parent: ParentColumn; readonly used: number }[] {
  // The root of a tree comes from elsewhere; all else must be known, unless rows were too many to be kept.
  const allowedMisses = source.statement === loopStatement ? 1 : source.unkeptRows;
  const used = new Set<string>();
  let matched = 0;
  let misses = 0;
  for (const execution of loop) {
    const hash = joined(keys.map(({ position }) => hashAt(execution, position)));
    if ((source.knownMs.get(hash) ?? Number.POSITIVE_INFINITY) > execution.startMs + clockMs) {
      if (++misses > allowedMisses) return [];
      continue;
    }
    matched += 1;
    if (hash !== '') used.add(hash);
  }
  const present = distinct(source.sequence);
  const share = used.size / present.length;
  const inOrder = isOrderOf([...used], present);
  const categories = present.length < minDistinctShare * source.sequence.length;
  const disordered = source.statement === loopStatement || runsAtOnce(loop);
  const proves =
    used.size < fewValues
      ? share === 1 && (inOrder || (disordered && !categories))
      : share >= (inOrder ? minUsedShare : minUnorderedShare) && (inOrder || !categories);
  if (!proves) return [];
  const { statement, column, rows } = source;
  return [{ parent: { statement, column, keys, rows, matched, repeats: loop.length, inOrder }, used: share }];
}

/** Whether some of them ran at the same time: then the order in which a pool sent them says nothing. */
function runsAtOnce(loop: readonly Execution[]): boolean {
  let lastEndMs = Number.NEGATIVE_INFINITY;
  for (const execution of loop) {
    if (execution.startMs + clockMs < lastEndMs) return true;
    lastEndMs = Math.max(lastEndMs, endMs(execution));
  }
  return false;
}

function isOrderOf(wanted: readonly string[], present: readonly string[]): boolean {
  const isWanted = new Set(wanted);
  return present.filter((hash) => isWanted.has(hash)).every((hash, index) => hash === wanted[index]);
}

/** The values without repeats and without NULL, by first appearance. */
function distinct(hashes: readonly string[]): readonly string[] {
  return [...new Set(hashes)].filter((hash) => hash !== '');
}

/** `shop.customers` as a column that refers to it would be called: `customer`. */
function singular(table: string): string {
  const name = (table.split('.').at(-1) ?? table).toLowerCase();
  return name.endsWith('ies') ? name.slice(0, -3) : name.replace(/s$/, '');
}

function isSameColumn(a: ParentColumn, b: ParentColumn): boolean {
  return a.statement === b.statement && JSON.stringify(a.keys) === JSON.stringify(b.keys);
}

function endMs({ startMs, durationMs }: Execution): number {
  return startMs + durationMs;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
