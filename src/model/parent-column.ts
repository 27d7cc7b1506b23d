import type { Execution, RepeatedStatement } from './queries.ts';
import { valueHash } from './value-hash.ts';

/** The column of an earlier result that fed a loop of statements. */
export interface ParentColumn {
  /** Index in `QueriesArtifact.statements` of the statement that gave the rows. */
  readonly statement: number;
  readonly column: string;
  readonly rows: number;
  /** Loop statements whose varying value is in the column; always all of them. */
  readonly matched: number;
  /** Whether the values were used in the order of the rows. */
  readonly inOrder: boolean;
}

// Small integers occur in many columns: a column that holds far more values than the loop used is no proof.
const minUsedShare = 0.5;

/**
 * Finds the result column that holds every value over which the loop ran, which proves an N+1.
 *
 * Only results that were complete before the loop began count. Of several columns one whose values were used in
 * the order of the rows wins, then the one with the fewest rows.
 */
export function findParentColumn(repeated: RepeatedStatement): ParentColumn | undefined {
  const { executions, request, statement } = repeated;
  const loop = [...executions].sort((a, b) => a.startMs - b.startMs);
  const begin = loop[0]?.startMs ?? 0;
  const earlier = request.executions.filter(
    (execution) => execution.statement !== statement.id && execution.startMs < begin && endsBefore(execution, begin),
  );
  const candidates = varyingPositions(loop).flatMap((position) => {
    const hashes = loop.map(({ parameters }) => valueHash(parameters[position] ?? null));
    return earlier.flatMap((execution) => matchingColumns(execution, hashes));
  });
  return candidates.sort((a, b) => Number(b.inOrder) - Number(a.inOrder) || a.rows - b.rows)[0];
}

// The tap stamps both ends on one clock; a twentieth of a millisecond is its reading of two socket events.
const endsBefore = (execution: Execution, timeMs: number) => execution.startMs + execution.durationMs <= timeMs + 0.05;

/** Positions of the parameters that differ between executions of one statement. */
export function varyingPositions(executions: readonly Execution[]): readonly number[] {
  const width = Math.max(0, ...executions.map(({ parameters }) => parameters.length));
  return Array.from({ length: width }, (_, position) => position).filter(
    (position) => new Set(executions.map(({ parameters }) => parameters[position])).size > 1,
  );
}

function matchingColumns(execution: Execution, hashes: readonly string[]): readonly ParentColumn[] {
  const wanted = new Set(hashes);
  return execution.columns.flatMap((column) => {
    const present = new Set(column.valueHashes);
    if (![...wanted].every((hash) => present.has(hash))) return [];
    if (wanted.size < present.size * minUsedShare) return [];
    return [
      {
        statement: execution.statement,
        column: column.name,
        rows: execution.rows,
        matched: hashes.length,
        inOrder: isSubsequence(hashes, column.valueHashes),
      },
    ];
  });
}

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0;
  for (const value of whole) if (value === part[at]) at++;
  return at === part.length;
}
