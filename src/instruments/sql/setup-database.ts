import { readFile } from 'node:fs/promises';
import { Failure } from '../../model/failure.ts';
import { type Connection, sqlState, withConnection } from './connection.ts';
import { parseScript } from './statement.ts';

/** One statement of a script: its text, and where it begins (UTF-8 bytes from the start of the file). */
interface ScriptStatement {
  readonly text: string;
  readonly offset: number;
}

/**
 * Makes an empty database and runs setup scripts on it, statement by statement (so `VACUUM` may be among them).
 *
 * Throws `database-setup` with the place of the statement that failed.
 *
 * @param adminUrl - connection string of a user who may create databases
 * @param databaseUrl - the database to make, on the same server
 * @param files - absolute paths, run in this order
 */
export async function setUpDatabase(
  adminUrl: string,
  databaseUrl: string,
  files: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const name = decodeURIComponent(new URL(databaseUrl).pathname.slice(1));
  await withConnection(adminUrl, signal, (connection) =>
    connection.run(`CREATE DATABASE "${name.replaceAll('"', '""')}"`),
  );
  await withConnection(databaseUrl, signal, async (connection) => {
    for (const file of files) await runScript(connection, file);
  });
}

async function runScript(connection: Connection, file: string): Promise<void> {
  const script = await readFile(file);
  const statements = await splitScript(script).catch((cause: unknown) => {
    throw setupFailure(file, script, { reason: (cause as Error).message, offset: faultOffset(script, cause) }, cause);
  });
  for (const { text, offset } of statements) {
    await connection.run(text).catch((cause: unknown) => {
      if (sqlState(cause) === undefined) throw cause;
      throw setupFailure(file, script, { reason: (cause as Error).message, offset }, cause);
    });
  }
}

async function splitScript(script: Buffer): Promise<readonly ScriptStatement[]> {
  if (script.toString('utf8').trim() === '') return [];
  const tree = await parseScript(script.toString('utf8'));
  return (tree.stmts ?? []).map(({ stmt_location: start = 0, stmt_len: length }) => {
    const raw = script.subarray(start, length ? start + length : undefined).toString('utf8');
    const leading = raw.length - raw.trimStart().length;
    return { text: raw.trim(), offset: start + leading };
  });
}

/** Where the parser stopped, in bytes; it tells the number of characters before. */
function faultOffset(script: Buffer, cause: unknown): number {
  const { sqlDetails } = cause as { readonly sqlDetails?: { readonly cursorPosition?: number } };
  const before = [...script.toString('utf8')].slice(0, Math.max(0, sqlDetails?.cursorPosition ?? 0));
  return Buffer.byteLength(before.join(''));
}

function setupFailure(
  file: string,
  script: Buffer,
  { reason, offset }: { reason: string; offset: number },
  cause: unknown,
): Failure {
  const lines = script.subarray(0, offset).toString('utf8').split('\n');
  const at = { file, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
  return new Failure('database-setup', { file, reason }, { at, cause });
}
