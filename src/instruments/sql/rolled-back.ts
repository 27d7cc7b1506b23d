import type { Connection } from './connection.ts';
import { defaultLimits } from './read-only.ts';

/** Does `work` on a copy of a database, in a transaction with time limits that is always rolled back. */
export async function rolledBack<T>(copy: Connection, work: () => Promise<T>): Promise<T> {
  await copy.run('BEGIN');
  try {
    await copy.run(
      `SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true),
        set_config('standard_conforming_strings', 'on', true)`,
      [String(defaultLimits.statementMs), String(defaultLimits.lockMs)],
    );
    return await work();
  } finally {
    await copy.run('ROLLBACK');
  }
}
