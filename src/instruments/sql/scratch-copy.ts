import { type Connection, withConnection } from './connection.ts';
import { copyDatabase, refusalOf } from './database-copy.ts';

/** What was done on the copy, or why there was none. */
export type OnScratchCopy<T> =
  | { readonly status: 'made'; readonly value: T }
  | { readonly status: 'refused'; readonly reason: string };

/**
 * Copies the database on its own server, lets `work` alter the copy, and drops it in any case, also after an abort.
 *
 * @param atMostMs - after this time the copying is given up
 */
export async function withScratchCopy<T>(
  url: string,
  signal: AbortSignal,
  work: (copy: Connection) => Promise<T>,
  atMostMs = 60_000,
): Promise<OnScratchCopy<T>> {
  const attempt = await copyDatabase(url, signal, { prefix: 'chokepoint_scratch', atMostMs });
  if (attempt.status === 'refused') return attempt;
  const { copy } = attempt;
  try {
    const value = await withConnection(copy.url, signal, async (connection) => {
      for (const setting of copy.settings) await connection.run('SELECT set_config($1, $2, false)', [...setting]);
      return work(connection);
    });
    return { status: 'made', value };
  } catch (error) {
    const reason = refusalOf(error);
    if (reason === undefined) throw error;
    return { status: 'refused', reason };
  } finally {
    await copy.drop();
  }
}
