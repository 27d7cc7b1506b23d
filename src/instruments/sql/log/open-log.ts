import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { Failure } from '../../../model/failure.ts';
import type { LogCoverage, LoggedStatement, QueryLog } from '../../../model/query-log.ts';
import { decompressed } from './decompress.ts';
import { readQueryLog } from './read-log.ts';

/** Bytes that are asked for at once. */
const chunkBytes = 256 * 1024;

/**
 * The bytes of the file at `path`, or of standard input where it is `-`, decompressed where they are gzip or zstd.
 *
 * A file that is still written to is read up to the size that it had when it was opened. Throws `log-unreadable` or
 * `log-damaged` when iterated.
 *
 * @param note - is told where a file changed while it was read
 */
export async function* openLog(
  path: string,
  note: (sentence: string) => void = () => undefined,
): AsyncGenerator<Buffer> {
  try {
    yield* decompressed(path === '-' ? chunksOf(process.stdin) : chunksOfFile(path, note), nameOfLog(path));
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new Failure('log-unreadable', { path, reason: reasonOf(error) }, { cause: error });
  }
}

/** How failures and reports name a log. */
export function nameOfLog(path: string): string {
  return path === '-' ? 'standard input' : path;
}

/** The statements of several files in turn, such as those of a rotated log, oldest first. */
export function readQueryLogs(paths: readonly string[]): QueryLog {
  const logs = paths.map((path) => readQueryLog(openLog(path), { path: nameOfLog(path) }));
  return {
    coverage: () => logs.map((log) => log.coverage()).reduce(sumOfCoverages),
    [Symbol.asyncIterator]: () => inTurn(logs),
  };
}

async function* inTurn(logs: readonly QueryLog[]): AsyncGenerator<LoggedStatement> {
  for (const log of logs) yield* log;
}

/** What was read of two logs together. */
export function sumOfCoverages(a: LogCoverage, b: LogCoverage): LogCoverage {
  return {
    formats: [...new Set([...a.formats, ...b.formats])],
    bytes: a.bytes + b.bytes,
    lines: a.lines + b.lines,
    unrecognisedLines: a.unrecognisedLines + b.unrecognisedLines,
    damagedRecords: a.damagedRecords + b.damagedRecords,
    cutRecords: a.cutRecords + b.cutRecords,
  };
}

async function* chunksOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of stream) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

async function* chunksOfFile(path: string, note: (sentence: string) => void): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    const opened = await file.stat();
    if (opened.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR', syscall: 'read' });
    if (!opened.isFile()) {
      // A pipe has no size and no places.
      yield* chunksOf(createReadStream(path, { highWaterMark: chunkBytes }));
      return;
    }
    let at = 0;
    while (at < opened.size) {
      const wanted = Math.min(chunkBytes, opened.size - at);
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(wanted), 0, wanted, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    for (const sentence of await changesOf(path, file, { ...opened, read: at })) note(sentence);
  } finally {
    await file.close();
  }
}

async function changesOf(
  path: string,
  file: FileHandle,
  { size, ino, read }: { readonly size: number; readonly ino: number; readonly read: number },
): Promise<readonly string[]> {
  const now = await file.stat();
  const there = await stat(path).catch(() => undefined);
  return [
    ...(read < size ? [`${path} was cut off while it was read: ${size - read} of its ${size} bytes are missing`] : []),
    ...(now.size > size
      ? [
          `${path} is still written to: it was read up to the size that it had at first, and its last record may be incomplete`,
        ]
      : []),
    ...(there?.ino === ino
      ? []
      : [`${path} was renamed or removed while it was read: what came later is in another file`]),
  ];
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'there is no such file';
  if (error.code === 'EISDIR') return 'it is a folder';
  if (error.code === 'EACCES') return 'its permissions do not let us in';
  return error.message;
}
