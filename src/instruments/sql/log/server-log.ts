import { Failure } from '../../../model/failure.ts';
import type { LogSettings } from '../../../model/query-log.ts';
import { type Connection, sqlState, withConnection } from '../connection.ts';
import type { LogSource } from './analyze-log-files.ts';

/** What a server tells of its log, and its log. */
export interface ServerLog {
  readonly source: LogSource;
  readonly linePrefix: string | undefined;
  readonly settings: LogSettings;
  /** What the settings keep out of the log, a sentence each. */
  readonly notes: readonly string[];
}

/** Bytes that are asked for at once: the server holds them in memory, and their text is twice as long. */
const chunkBytes = 1024 * 1024;

const shownSettings = [
  ...['log_destination', 'log_line_prefix', 'log_min_duration_statement', 'log_min_duration_sample'],
  ...['log_statement_sample_rate', 'log_transaction_sample_rate', 'log_statement', 'log_duration'],
  ...['log_parameter_max_length', 'logging_collector'],
] as const;

/** SQLSTATE of `insufficient_privilege`. */
const notAllowed = '42501';

/**
 * Gives `work` the log that a server is writing, which is read through SQL in chunks, up to the size that it had at first.
 *
 * Throws what a connection throws, `log-not-kept` where the server collects no log, and `database-rights` where the
 * user may not read it.
 */
export async function withServerLog<T>(
  url: string,
  signal: AbortSignal,
  work: (log: ServerLog) => Promise<T>,
): Promise<T> {
  return withConnection(url, signal, async (connection) => {
    const values = await settingsOf(connection);
    if (values.logging_collector !== 'on') {
      throw new Failure('log-not-kept', {
        reason: `logging_collector is off, and log_destination is ${values.log_destination}`,
      });
    }
    const file = await currentFile(connection);
    const overridden = await countOverrides(connection);
    const sampled = isSampled(values);
    return work({
      source: { name: file.path, open: (note) => readFile(connection, file, note) },
      linePrefix: file.isStderr ? values.log_line_prefix : undefined,
      settings: { values, sampled },
      notes: notesOf(values, sampled, overridden),
    });
  });
}

async function settingsOf(connection: Connection): Promise<Readonly<Record<string, string>>> {
  const rows = await connection.run(
    "SELECT name, setting FROM pg_settings WHERE name = ANY (string_to_array($1::text, ','))",
    [shownSettings.join(',')],
  );
  return Object.fromEntries(rows.map(([name, setting]) => [name ?? '', setting ?? '']));
}

/** Roles and databases with settings of their own for logging. */
async function countOverrides(connection: Connection): Promise<number> {
  const [row] = await connection.run(
    "SELECT count(*) FROM pg_db_role_setting WHERE array_to_string(setconfig, ',') ~ '(^|,)log_'",
  );
  return Number(row?.[0] ?? 0);
}

interface ServerFile {
  readonly path: string;
  readonly isStderr: boolean;
  /** When it was looked up; later lines tell of our own reading. */
  readonly bytes: number;
}

async function currentFile(connection: Connection): Promise<ServerFile> {
  for (const format of ['csvlog', 'jsonlog', 'stderr']) {
    const path = await currentFileOf(connection, format);
    if (path === undefined) continue;
    const name = path.slice(path.lastIndexOf('/') + 1);
    const [row] = await allowed('list the log files (pg_ls_logdir)', () =>
      connection.run('SELECT size FROM pg_ls_logdir() WHERE name = $1', [name]),
    );
    const bytes = Number(row?.[0] ?? 0);
    return { path, isStderr: format === 'stderr', bytes };
  }
  throw new Failure('log-not-kept', { reason: 'log_destination names neither stderr nor csvlog nor jsonlog' });
}

async function currentFileOf(connection: Connection, format: string): Promise<string | undefined> {
  try {
    const [row] = await connection.run('SELECT pg_current_logfile($1)', [format]);
    return row?.[0] ?? undefined;
  } catch (error) {
    // Before PostgreSQL 15 there is no jsonlog.
    if (sqlState(error) === '22023') return undefined;
    return allowed('ask for the current log file (pg_current_logfile)', () => Promise.reject(error));
  }
}

async function* readFile(
  connection: Connection,
  { path, bytes }: ServerFile,
  note: (sentence: string) => void,
): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes; ) {
    const [row] = await allowed('read server files (pg_read_binary_file)', () =>
      connection.run('SELECT pg_read_binary_file($1, $2::bigint, $3::bigint, true)', [
        path,
        String(at),
        String(Math.min(chunkBytes, bytes - at)),
      ]),
    );
    const chunk = bytesOf(row?.[0] ?? '');
    if (chunk.length === 0) {
      note(`${path} was removed or cut off while it was read: ${bytes - at} of its ${bytes} bytes are missing`);
      return;
    }
    yield chunk;
    at += chunk.length;
  }
}

/** The text form of `bytea`, which is hexadecimal unless `bytea_output` says otherwise. */
function bytesOf(text: string): Buffer {
  if (text.startsWith('\\x')) return Buffer.from(text.slice(2), 'hex');
  const plain = text.replace(/\\(\\|[0-7]{3})/g, (_, code) =>
    code === '\\' ? '\\' : String.fromCharCode(Number.parseInt(code, 8)),
  );
  return Buffer.from(plain, 'latin1');
}

async function allowed<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (sqlState(error) !== notAllowed) throw error;
    throw new Failure(
      'database-rights',
      {
        what,
        reason:
          'GRANT pg_monitor, pg_read_server_files TO it, and GRANT EXECUTE ON FUNCTION pg_read_binary_file(text, bigint, bigint, boolean) TO it',
      },
      { cause: error },
    );
  }
}

/** Whether chance decides what is logged; a threshold that lets everything through leaves it nothing to decide. */
function isSampled(values: Readonly<Record<string, string>>): boolean {
  if (values.log_min_duration_statement === '0' || values.log_statement === 'all') return false;
  const share = (name: string) => Number(values[name] ?? 0);
  const bySample = share('log_min_duration_sample') >= 0 && share('log_statement_sample_rate') < 1;
  const transactions = share('log_transaction_sample_rate');
  return ('log_min_duration_sample' in values && bySample) || (transactions > 0 && transactions < 1);
}

function notesOf(values: Readonly<Record<string, string>>, sampled: boolean, overridden: number): readonly string[] {
  const logsNothing =
    values.log_min_duration_statement === '-1' &&
    values.log_statement === 'none' &&
    !sampled &&
    values.log_transaction_sample_rate === '0';
  const found: readonly (readonly [boolean, string])[] = [
    [
      sampled,
      `the server logs a sample of its statements (log_statement_sample_rate ${values.log_statement_sample_rate}, log_transaction_sample_rate ${values.log_transaction_sample_rate}): calls are counted too low, and loops have holes`,
    ],
    [
      logsNothing,
      'the server logs no statements now (log_min_duration_statement = -1): those in its log were logged before',
    ],
    [
      Number(values.log_min_duration_statement) > 0,
      `the server logs statements from ${values.log_min_duration_statement} ms on only (log_min_duration_statement)`,
    ],
    [
      Number(values.log_parameter_max_length ?? -1) >= 0,
      `the server cuts values after ${values.log_parameter_max_length} bytes (log_parameter_max_length)`,
    ],
    [
      overridden > 0,
      `${overridden} ${overridden === 1 ? 'role or database has' : 'roles or databases have'} log settings of their own, which hold for their sessions instead`,
    ],
  ];
  return found.filter(([applies]) => applies).map(([, sentence]) => sentence);
}
