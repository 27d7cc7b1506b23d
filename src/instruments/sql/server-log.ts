import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { type Connection, connect, describeRefusal, sqlState } from './connection.ts';

/** The log that a server writes now, read from where it ended last time. */
export interface ServerLog {
  /** What was added since the last call; the first call gives nothing. */
  readNew(): Promise<Buffer>;
  /** The server's clock minus ours, in ms. */
  readonly aheadMs: number;
  readonly database: string;
  /** Share of the statements that are logged, where it is not all of them. */
  readonly sampledShare?: number;
  close(): Promise<void>;
}

/** What a server says about its logging; settings that we may not see are missing. */
type LogSettings = Readonly<Record<string, string | undefined>>;

const settingNames = [
  ...['logging_collector', 'log_destination', 'data_directory', 'log_min_duration_statement', 'log_statement'],
  ...['log_duration', 'log_min_duration_sample', 'log_statement_sample_rate', 'log_transaction_sample_rate'],
] as const;

async function logSettings(connection: Connection): Promise<LogSettings> {
  const rows = await connection.run('SELECT name, setting FROM pg_settings WHERE name = ANY($1)', [
    `{${settingNames.join(',')}}`,
  ]);
  return Object.fromEntries(rows.map(([name, setting]) => [name, setting ?? undefined]));
}

/** Whether every statement is logged with its time, or a sample of all; else the reason why the log shows no more. */
export function loggedShare(settings: LogSettings): { readonly share: number } | { readonly reason: string } {
  const number = (name: string) => Number(settings[name] ?? Number.NaN);
  const slowest = number('log_min_duration_statement');
  if (slowest === 0 || (settings.log_statement === 'all' && settings.log_duration === 'on')) return { share: 1 };
  const share =
    number('log_min_duration_sample') === 0
      ? number('log_statement_sample_rate')
      : number('log_transaction_sample_rate');
  if (share > 0) return { share };
  return {
    reason:
      slowest > 0
        ? `its log holds only statements of ${slowest} ms and longer (log_min_duration_statement)`
        : 'it does not log statements with their times (log_min_duration_statement is -1)',
  };
}

/**
 * Opens the log of the server behind `url`, or says why it shows nothing. Throws the failures of `connect`.
 *
 * It is read through SQL (`pg_read_binary_file`), wherever the server's disk is, or as a file of this machine.
 */
export async function openServerLog(
  url: string,
  signal: AbortSignal,
): Promise<ServerLog | { readonly reason: string }> {
  const connection = await connect(url, signal);
  const unusable = async (reason: string) => {
    await connection.close();
    return { reason };
  };
  try {
    const settings = await logSettings(connection);
    if (settings.logging_collector !== 'on') return await unusable('it keeps no log files (logging_collector is off)');
    const logged = loggedShare(settings);
    if ('reason' in logged) return await unusable(logged.reason);
    const format = ['csvlog', 'jsonlog', 'stderr'].find((each) => settings.log_destination?.includes(each));
    if (format === undefined) return await unusable(`its log goes to ${settings.log_destination ?? 'nowhere'}`);
    await silence(connection);
    const file = await createReader(connection, format, settings.data_directory);
    if ('reason' in file) return await unusable(file.reason);
    const [row] = await connection.run('SELECT current_database(), extract(epoch FROM clock_timestamp()) * 1000');
    return {
      readNew: file.readNew,
      aheadMs: Number(row?.[1]) - Date.now(),
      database: row?.[0] ?? '',
      ...(logged.share < 1 && { sampledShare: logged.share }),
      async close() {
        await file.close();
        await connection.close();
      },
    };
  } catch (error) {
    await connection.close();
    if (sqlState(error) === undefined) throw error;
    return { reason: `its log cannot be read: ${describeRefusal(error)}` };
  }
}

/** Our own reading would be logged, and read again; where we may not change that, it is passed over by its tag. */
async function silence(connection: Connection): Promise<void> {
  for (const name of ['log_min_duration_statement', 'log_min_duration_sample']) {
    await connection.run(`SET ${name} = -1`).catch((error: unknown) => {
      if (sqlState(error) === undefined) throw error;
    });
  }
  await connection.run("SET log_statement = 'none'").catch((error: unknown) => {
    if (sqlState(error) === undefined) throw error;
  });
}

/** One answer holds no more: the server makes a value of it. */
const mostBytesAtOnce = 8 << 20;

type Read = (path: string, from: number) => Promise<Buffer>;

async function createReader(
  connection: Connection,
  format: string,
  dataFolder: string | undefined,
): Promise<{ readNew(): Promise<Buffer>; close(): Promise<void> } | { readonly reason: string }> {
  const current = async () => (await connection.run('SELECT pg_current_logfile($1)', [format]))[0]?.[0] ?? undefined;
  const first = await current();
  if (first === undefined) return { reason: `it writes no ${format} file yet` };
  const handles = new Map<string, FileHandle>();
  const read = await chooseReading(connection, first, dataFolder, handles);
  if (typeof read !== 'function') return read;
  let path = first;
  let position = await sizeOf(connection, first, read);
  return {
    async readNew() {
      const parts = [await read(path, position)];
      position += parts[0]?.length ?? 0;
      const next = await current();
      if (next !== undefined && next !== path) {
        // The log was rotated: what came to the old file after the look at it is read before the new one.
        parts.push(await read(path, position), await read(next, 0));
        path = next;
        position = parts.at(-1)?.length ?? 0;
      }
      return Buffer.concat(parts);
    },
    async close() {
      for (const handle of handles.values()) await handle.close();
    },
  };
}

async function chooseReading(
  connection: Connection,
  path: string,
  dataFolder: string | undefined,
  handles: Map<string, FileHandle>,
): Promise<Read | { readonly reason: string }> {
  const throughSql: Read = async (file, from) => {
    const parts: Buffer[] = [];
    for (let position = from; ; ) {
      const [row] = await connection.run("SELECT encode(pg_read_binary_file($1, $2, $3), 'base64')", [
        file,
        String(position),
        String(mostBytesAtOnce),
      ]);
      const part = Buffer.from(row?.[0] ?? '', 'base64');
      parts.push(part);
      position += part.length;
      if (part.length < mostBytesAtOnce) return Buffer.concat(parts);
    }
  };
  try {
    await connection.run('SELECT length(pg_read_binary_file($1, 0, 1))', [path]);
    return throughSql;
  } catch (error) {
    if (sqlState(error) === undefined) throw error;
    const local = isAbsolute(path) ? path : dataFolder && join(dataFolder, path);
    const refused = describeRefusal(error);
    if (!local) return { reason: `its log cannot be read: ${refused}` };
    const opened = await openFile(local, handles).catch(() => undefined);
    if (!opened) return { reason: `its log cannot be read: ${refused}, and there is no readable ${local} here` };
    return async (file, from) => {
      const own = isAbsolute(file) ? file : join(dataFolder ?? '', file);
      return readFrom(await openFile(own, handles), from);
    };
  }
}

async function openFile(path: string, handles: Map<string, FileHandle>): Promise<FileHandle> {
  const handle = handles.get(path) ?? (await open(path, constants.O_RDONLY));
  handles.set(path, handle);
  return handle;
}

async function readFrom(handle: FileHandle, from: number): Promise<Buffer> {
  const { size } = await handle.stat();
  const bytes = Buffer.alloc(Math.max(0, size - from));
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
  return bytes.subarray(0, bytesRead);
}

/** Where the file ends now, without reading it. */
async function sizeOf(connection: Connection, path: string, read: Read): Promise<number> {
  try {
    const [row] = await connection.run('SELECT size FROM pg_stat_file($1)', [path]);
    return Number(row?.[0]);
  } catch (error) {
    if (sqlState(error) === undefined) throw error;
    return (await read(path, 0)).length;
  }
}
