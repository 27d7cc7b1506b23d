import type { Connection } from './connection.ts';
import { setLimits } from './read-only.ts';

/** Does `work` on a copy of a database, in a transaction with time limits that is always rolled back. */
export async function rolledBack<T>(copy: Connection, work: () => Promise<T>): Promise<T> {
  await copy.run('BEGIN');
  try {
    await setLimits(copy);
    return await work();
  } finally {
    await copy.run('ROLLBACK');
  }
}
