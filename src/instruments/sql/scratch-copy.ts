import { randomBytes } from 'node:crypto';
import { Failure, type FailureCode } from '../../model/failure.ts';
import { type Connection, connect, sqlState, withConnection } from './connection.ts';

/** What was done on the copy, or why there was none. */
export type OnScratchCopy<T> =
  | { readonly status: 'made'; readonly value: T }
  | { readonly status: 'refused'; readonly reason: string };

const refusals: Readonly<Record<string, string>> = {
  '42501': 'the database user may not create databases (or copy this one)',
  '55006': 'others are connected to the database, and PostgreSQL copies no database that is in use',
  '57014': 'copying the database took too long',
  '53100': 'the disk of the database server is full',
};

/** What another database of the server may answer where this one lets us in. */
const elsewhere: readonly string[] = ['database-login', 'database-rights'] satisfies readonly FailureCode[];

/**
 * Copies the database on its own server (`CREATE DATABASE … TEMPLATE`), lets `work` alter the copy, and drops it in
 * any case, also after an abort.
 *
 * @param atMostMs - after this time the copying is given up
 */
export async function withScratchCopy<T>(
  url: string,
  signal: AbortSignal,
  work: (copy: Connection) => Promise<T>,
  atMostMs = 60_000,
): Promise<OnScratchCopy<T>> {
  const { pathname, username } = new URL(url);
  // A url without a database means the one that is named like the user.
  const source = decodeURIComponent(pathname.slice(1) || username);
  const copy = `chokepoint_scratch_${randomBytes(6).toString('hex')}`;
  const admin = await connectToMaintenance(url, source, signal).catch(refusedConnection);
  if ('reason' in admin) return { status: 'refused', reason: admin.reason };
  try {
    await admin.run(`SELECT set_config('statement_timeout', $1, false)`, [String(Math.ceil(atMostMs))]);
    await admin.run(`CREATE DATABASE ${copy} TEMPLATE "${source.replaceAll('"', '""')}"`);
    const settings = await settingsOf(admin, source);
    const value = await withConnection(databaseUrl(url, copy), signal, async (connection) => {
      for (const [name, setting] of settings) {
        await connection.run('SELECT set_config($1, $2, false)', [name ?? null, setting ?? null]);
      }
      return work(connection);
    });
    return { status: 'made', value };
  } catch (error) {
    const state = sqlState(error);
    if (state === undefined) throw error;
    return { status: 'refused', reason: refusals[state] ?? `the copy could not be made (SQLSTATE ${state})` };
  } finally {
    await admin.close();
    await dropCopy(url, source, copy);
  }
}

/** The database itself let us in: a server that keeps its other databases from us gives no copy, but is no failure. */
function refusedConnection(error: unknown): { readonly reason: string } {
  if (!(error instanceof Failure) || !elsewhere.includes(error.code)) throw error;
  return { reason: `no database but its own lets us in, and a copy is made from another one: ${error.message}` };
}

/** Uses a session of its own that no abort ends. */
async function dropCopy(url: string, source: string, copy: string): Promise<void> {
  const admin = await connectToMaintenance(url, source, new AbortController().signal);
  try {
    await admin.run(`DROP DATABASE IF EXISTS ${copy} WITH (FORCE)`);
  } finally {
    await admin.close();
  }
}

/** Connects to a database that is not the one to be copied: a database in use cannot be a template. */
async function connectToMaintenance(url: string, source: string, signal: AbortSignal): Promise<Connection> {
  const [first, second = first] = ['postgres', 'template1'].filter((name) => name !== source);
  try {
    return await connect(databaseUrl(url, first), signal);
  } catch (error) {
    const refused = error instanceof Failure && elsewhere.includes(error.code);
    if (!refused || second === first) throw error;
    return connect(databaseUrl(url, second), signal);
  }
}

function databaseUrl(url: string, database = 'postgres'): string {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}

/**
 * What ALTER DATABASE … SET and ALTER ROLE … IN DATABASE … SET gave the source: a copy does not inherit it.
 *
 * Settings that only a superuser or a new session may change steer logs and libraries, not plans: they are left out.
 */
async function settingsOf(admin: Connection, source: string): Promise<readonly (readonly (string | null)[])[]> {
  return admin.run(
    `SELECT split_part(entry, '=', 1), substr(entry, strpos(entry, '=') + 1)
     FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) AS entry
       LEFT JOIN pg_settings known ON known.name = split_part(entry, '=', 1)
     WHERE coalesce(known.context, 'user') = 'user' AND d.datname = $1 AND s.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = current_user))
     ORDER BY s.setrole`,
    [source],
  );
}
