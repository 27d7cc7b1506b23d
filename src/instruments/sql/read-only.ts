import type { Connection } from './connection.ts';

/** Times in milliseconds after which the server gives up a statement. */
export interface StatementLimits {
  readonly statementMs: number;
  readonly lockMs: number;
}

/** A statement that needs longer is too slow to be measured by repeating it; nobody waits for our locks for longer. */
export const defaultLimits: StatementLimits = { statementMs: 5_000, lockMs: 1_000 };

/**
 * Does `work` in a READ ONLY transaction that is always rolled back; the limits end with it.
 *
 * A statement that runs into a limit rejects with SQLSTATE 57014 (statement) or 55P03 (lock).
 */
export async function inReadOnlyTransaction<T>(
  connection: Connection,
  work: () => Promise<T>,
  limits: StatementLimits = defaultLimits,
): Promise<T> {
  // One snapshot, so that repeats see the same rows even where somebody writes meanwhile.
  await connection.run('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    await setLimits(connection, limits);
    return await work();
  } finally {
    await connection.run('ROLLBACK');
  }
}

/** For the rest of the transaction. */
export async function setLimits(connection: Connection, limits: StatementLimits = defaultLimits): Promise<void> {
  // Our parser takes a backslash in '…' for a plain character: the server must read the text in the same way.
  await connection.run(
    `SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true),
      set_config('standard_conforming_strings', 'on', true)`,
    [String(limits.statementMs), String(limits.lockMs)],
  );
}
