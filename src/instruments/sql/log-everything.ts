import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../model/failure.ts';
import { type Connection, describeRefusal, sqlState, withConnection } from './connection.ts';
import { leftEntries, type PreviousSetting, processAtWork, serverName, writeEntry } from './setting-journal.ts';

/** What makes a server log every statement with its values and its time. */
const wanted: Readonly<Record<string, string>> = { log_min_duration_statement: '0' };

/** A server takes its settings in within milliseconds. */
const reloadLimitMs = 5_000;
const restoreLimitMs = 10_000;

/** The server logs every statement until `restore`. */
interface LoggingServer {
  /** Throws `database-settings` where it does not succeed; the next start then tries again. */
  restore(): Promise<void>;
}

/**
 * Makes the server log every statement of every session (`ALTER SYSTEM`), or says why it may not.
 *
 * What was there before is written to `journal` first, so that {@link restoreSettings} finds it after a crash.
 */
export async function logEverything(
  url: string,
  journal: string,
  signal: AbortSignal,
): Promise<LoggingServer | { readonly reason: string }> {
  // What it has set would be taken for what was there before, and be put back for good.
  const other = await processAtWork(journal, serverName(url));
  if (other !== undefined) return { reason: `process ${other} has changed its logging, and will put it back` };
  return withConnection(url, signal, async (connection) => {
    try {
      const previous = await previousSettings(connection);
      const forget = await writeEntry(journal, serverName(url), previous).catch((error: Error) => error);
      if (forget instanceof Error)
        return { reason: `the journal of changed settings cannot be written: ${forget.message}` };
      const restore = async () => {
        await putBack(url, previous);
        await forget();
      };
      try {
        for (const [name, value] of Object.entries(wanted)) await alterSystem(connection, name, value);
        await reload(connection);
      } catch (error) {
        await restore();
        throw error;
      }
      return { restore };
    } catch (error) {
      if (sqlState(error) === undefined) throw error;
      return { reason: `its settings may not be changed: ${describeRefusal(error)}` };
    }
  });
}

/** Puts back what earlier processes changed on this server and left so; tells which settings those were. */
export async function restoreSettings(url: string, journal: string): Promise<readonly string[]> {
  const restored: string[] = [];
  for (const { settings, remove } of await leftEntries(journal, serverName(url))) {
    await putBack(url, settings);
    await remove();
    restored.push(...settings.map(({ name }) => name));
  }
  return restored;
}

async function putBack(url: string, settings: readonly PreviousSetting[]): Promise<void> {
  try {
    // Also where the run was interrupted: its own signal would refuse.
    await withConnection(url, AbortSignal.timeout(restoreLimitMs), async (connection) => {
      for (const { name, previous } of settings) await alterSystem(connection, name, previous);
      await connection.run('SELECT pg_reload_conf()');
    });
  } catch (error) {
    const sql = [...settings.map(({ name, previous }) => statementOf(name, previous)), 'SELECT pg_reload_conf()'];
    const reason = sqlState(error) === undefined ? (error as Error).message : describeRefusal(error);
    throw new Failure('database-settings', { sql: sql.join('; '), reason }, { cause: error });
  }
}

/** What `postgresql.auto.conf`, which ALTER SYSTEM writes, says of each; other files are not touched. */
async function previousSettings(connection: Connection): Promise<readonly PreviousSetting[]> {
  const names = Object.keys(wanted);
  const rows = await connection.run(
    `SELECT name, setting FROM pg_file_settings
     WHERE name = ANY($1) AND sourcefile LIKE '%postgresql.auto.conf' ORDER BY seqno`,
    [`{${names.join(',')}}`],
  );
  const found = new Map(rows.map(([name, setting]) => [name, setting ?? null]));
  return names.map((name) => ({ name, previous: found.get(name) ?? null }));
}

function statementOf(name: string, value: string | null): string {
  if (!/^[a-z_.]+$/.test(name)) throw new Error('the name of a setting');
  return value === null ? `ALTER SYSTEM RESET ${name}` : `ALTER SYSTEM SET ${name} = '${value.replaceAll("'", "''")}'`;
}

async function alterSystem(connection: Connection, name: string, value: string | null): Promise<void> {
  await connection.run(statementOf(name, value));
}

/** Resolves once our own session has the new settings, and with it those that are in use. */
async function reload(connection: Connection): Promise<void> {
  await connection.run('SELECT pg_reload_conf()');
  const deadline = performance.now() + reloadLimitMs;
  while (performance.now() < deadline) {
    const [row] = await connection.run("SELECT current_setting('log_min_duration_statement')");
    if (row?.[0] === '0') return;
    await sleep(20);
  }
}
