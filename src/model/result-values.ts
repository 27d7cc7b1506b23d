import { type Execution, valuesOf } from './queries.ts';
import { valueHash } from './value-hash.ts';

/** One value of the loop's statement and the column of the parent that holds it. */
export interface ParentKey {
  /** Position of the value among the bound values and literals of an execution. */
  readonly position: number;
  /** Position of the column in the parent's result; names may occur twice. */
  readonly columnIndex: number;
}

/** The values of one or more columns in the rows of one result, or of all results of one statement together. */
export interface Source {
  readonly statement: number;
  readonly column: string;
  readonly rows: number;
  /** The values of the rows in order, `''` for NULL; those beyond the first rows are not kept. */
  readonly sequence: readonly string[];
  /** When each value was first known, in ms since the request's first byte. */
  readonly knownMs: ReadonlyMap<string, number>;
  readonly unkeptRows: number;
}

/** Each result by itself and, where a statement ran more than once, all of its results: the parents of a nested loop. */
export function sourcesOf(executions: readonly Execution[]): readonly (readonly Execution[])[] {
  const groups = new Map<number, Execution[]>();
  for (const execution of executions) {
    const group = groups.get(execution.statement);
    if (group) group.push(execution);
    else groups.set(execution.statement, [execution]);
  }
  return [...groups.values()].flatMap((group) =>
    group.length > 1 ? [...group.map((execution) => [execution]), group] : [group],
  );
}

/** What these columns hold in the rows of all these results. */
export function readSource(results: readonly Execution[], keys: readonly ParentKey[]): Source {
  const ordered = [...results].sort((a, b) => endMs(a) - endMs(b));
  const knownMs = new Map<string, number>();
  const sequence: string[] = [];
  let unkeptRows = 0;
  for (const result of ordered) {
    const lists = keys.map(({ columnIndex }) => result.columns[columnIndex]?.valueHashes ?? []);
    const kept = Math.min(...lists.map(({ length }) => length));
    unkeptRows += Math.max(0, result.rows - kept);
    for (let row = 0; row < kept; row++) {
      const hash = joined(lists.map((list) => list[row] ?? ''));
      sequence.push(hash);
      if (!knownMs.has(hash)) knownMs.set(hash, endMs(result));
    }
  }
  const rows = sum(ordered.map((result) => result.rows));
  const column = keys.map(({ columnIndex }) => ordered[0]?.columns[columnIndex]?.name ?? '').join(', ');
  return { statement: ordered[0]?.statement ?? -1, column, rows, sequence, knownMs, unkeptRows };
}

/** The hash of a value as it would stand in a result's column. */
export function hashAt(execution: Execution, position: number): string {
  return valueHash(singleElement(valuesOf(execution)[position] ?? null));
}

/** One text for the values of a row; `''` where one of them is NULL. */
export function joined(hashes: readonly string[]): string {
  return hashes.includes('') ? '' : hashes.join(' ');
}

/** A loader that does not batch binds arrays of one element: `{4711}` looks up 4711. */
function singleElement(value: string | null): string | null {
  return value === null ? null : (/^\{("?)([^",{}\\]+)\1\}$/.exec(value)?.[2] ?? value);
}

function endMs({ startMs, durationMs }: Execution): number {
  return startMs + durationMs;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
