import { readFile, stat } from 'node:fs/promises';
import { Failure } from '../model/failure.ts';

/** A scenario is written by hand; lists of values that are longer than this belong in a data file. */
const maxScenarioBytes = 256 * 1024;

/**
 * The text of the scenario at `path`, without a byte order mark.
 *
 * Throws `scenario-not-found`, `scenario-unreadable`, `scenario-too-large` or, for bytes that are not UTF-8 text,
 * `scenario-not-yaml`.
 */
export async function readScenarioText(path: string): Promise<string> {
  const bytes = await readBytes(path);
  const text = decodeText(bytes);
  if (text === undefined) {
    throw new Failure(
      'scenario-not-yaml',
      { reason: 'the file is binary, or not in UTF-8' },
      { at: { file: path, line: 1, column: 1 } },
    );
  }
  return text;
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    const { size } = await regularFile(path);
    if (size > maxScenarioBytes) {
      throw new Failure('scenario-too-large', { path, bytes: size, maxBytes: maxScenarioBytes });
    }
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    const code = errorCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new Failure('scenario-not-found', { path }, { cause });
    throw new Failure('scenario-unreadable', { path, reason: fileErrorReason(cause) }, { cause });
  }
}

/** Its size in bytes; a folder, a device or a pipe is an error, because reading one may never end. */
export async function regularFile(path: string): Promise<{ readonly size: number }> {
  const stats = await stat(path);
  if (stats.isDirectory()) throw new Error('it is a folder');
  if (!stats.isFile()) throw new Error('it is not a regular file');
  return { size: stats.size };
}

/** UTF-8 without its byte order mark; `undefined` for bytes that no text editor wrote. */
export function decodeText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'its symbolic links form a circle',
  ENAMETOOLONG: 'its name is too long',
};

/** Why a file could not be used, as a clause without the path. */
export function fileErrorReason(error: unknown): string {
  const code = errorCode(error);
  return (code && reasons[code]) ?? code ?? (error instanceof Error ? error.message : String(error));
}

function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
