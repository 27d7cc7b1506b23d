import { randomBytes } from 'node:crypto';
import { Failure, type FailureCode } from '../../model/failure.ts';
import { type Connection, connect, sqlState } from './connection.ts';

/** A database on the same server that began as a copy. */
export interface DatabaseCopy {
  /** Connection string of the same user. */
  readonly url: string;
  /** What ALTER DATABASE … SET and ALTER ROLE … IN DATABASE … SET gave the source: a copy does not inherit it. */
  readonly settings: readonly Setting[];
  /** Ends the sessions that it has; no abort stops that. */
  drop(): Promise<void>;
}

type Setting = readonly [name: string, value: string];

/** The copy, or why there is none. */
export type CopyAttempt =
  | { readonly status: 'made'; readonly copy: DatabaseCopy }
  | { readonly status: 'refused'; readonly reason: string };

const refusals: Readonly<Record<string, string>> = {
  '42501': 'the database user may not create databases (or copy this one)',
  '55006': 'others are connected to the database, and PostgreSQL copies no database that is in use',
  '57014': 'copying the database took too long',
  '53100': 'the disk of the database server is full',
};

interface CopyOptions {
  /** The name of the copy begins with it: lower case, digits and underscores. */
  readonly prefix: string;
  /** After this time the copying is given up. */
  readonly atMostMs: number;
  /** The sessions of others have the settings of the source too. */
  readonly keepsSettings?: boolean;
}

/** Copies the database on its own server (`CREATE DATABASE … TEMPLATE`). */
export async function copyDatabase(
  url: string,
  signal: AbortSignal,
  { prefix, atMostMs, keepsSettings = false }: CopyOptions,
): Promise<CopyAttempt> {
  const { pathname, username } = new URL(url);
  // A url without a database means the one that is named like the user.
  const source = decodeURIComponent(pathname.slice(1) || username);
  const name = `${prefix}_${randomBytes(6).toString('hex')}`;
  const admin = await connectToMaintenance(url, source, signal).catch(refusedConnection);
  if ('reason' in admin) return { status: 'refused', reason: admin.reason };
  const drop = () => dropCopy(url, source, name);
  let isMade = false;
  try {
    await admin.run(`SELECT set_config('statement_timeout', $1, false)`, [String(Math.ceil(atMostMs))]);
    await admin.run(`CREATE DATABASE ${name} TEMPLATE ${quoted(source)}`);
    const settings = await settingsOf(admin, source);
    if (keepsSettings) await giveSettings(admin, name, settings);
    isMade = true;
    return { status: 'made', copy: { url: databaseUrl(url, name), settings, drop } };
  } catch (error) {
    const reason = refusalOf(error);
    if (reason === undefined) throw error;
    return { status: 'refused', reason };
  } finally {
    await admin.close();
    if (!isMade) await drop();
  }
}

/** Why the server made no copy, or let nobody work on it; `undefined` of an error that is not the server's. */
export function refusalOf(error: unknown): string | undefined {
  const state = sqlState(error);
  return state && (refusals[state] ?? `the copy could not be made (SQLSTATE ${state})`);
}

/** What another database of the server may answer where this one lets us in. */
const elsewhere: readonly string[] = ['database-login', 'database-rights'] satisfies readonly FailureCode[];

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

/** Settings that only a superuser or a new session may change steer logs and libraries, not plans: they are left out. */
async function settingsOf(admin: Connection, source: string): Promise<readonly Setting[]> {
  const rows = await admin.run(
    `SELECT split_part(entry, '=', 1), substr(entry, strpos(entry, '=') + 1)
     FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) AS entry
       LEFT JOIN pg_settings known ON known.name = split_part(entry, '=', 1)
     WHERE coalesce(known.context, 'user') = 'user' AND d.datname = $1 AND s.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = current_user))
     ORDER BY s.setrole`,
    [source],
  );
  return rows.map(([name, value]) => [name ?? '', value ?? '']);
}

/** Through this session, since a list such as `search_path` cannot be written back as the one text that it is stored as. */
async function giveSettings(admin: Connection, copy: string, settings: readonly Setting[]): Promise<void> {
  for (const [name, value] of settings) {
    await admin.run('SELECT set_config($1, $2, false)', [name, value]);
    await admin.run(`ALTER DATABASE ${copy} SET ${name.split('.').map(quoted).join('.')} FROM CURRENT`);
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
