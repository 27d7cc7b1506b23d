import { createReadStream } from 'node:fs';
import { Failure } from '../../../model/failure.ts';
import type { LogCoverage, LoggedStatement, QueryLog } from '../../../model/query-log.ts';
import { readQueryLog } from './read-log.ts';

/** The bytes of the file at `path`, or of standard input where it is `-`; throws `log-unreadable` when iterated. */
export async function* openLog(path: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of path === '-' ? process.stdin : createReadStream(path)) yield Buffer.from(chunk);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new Failure('log-unreadable', { path, reason: reasonOf(error) }, { cause: error });
  }
}

/** The statements of several files in turn, such as those of a rotated log, oldest first. */
export function readQueryLogs(paths: readonly string[]): QueryLog {
  const logs = paths.map((path) => readQueryLog(openLog(path), { path: path === '-' ? 'standard input' : path }));
  return {
    coverage: () => logs.map((log) => log.coverage()).reduce(sumOfCoverages),
    [Symbol.asyncIterator]: () => inTurn(logs),
  };
}

async function* inTurn(logs: readonly QueryLog[]): AsyncGenerator<LoggedStatement> {
  for (const log of logs) yield* log;
}

function sumOfCoverages(a: LogCoverage, b: LogCoverage): LogCoverage {
  return {
    formats: [...new Set([...a.formats, ...b.formats])],
    bytes: a.bytes + b.bytes,
    lines: a.lines + b.lines,
    unrecognisedLines: a.unrecognisedLines + b.unrecognisedLines,
    damagedRecords: a.damagedRecords + b.damagedRecords,
    cutRecords: a.cutRecords + b.cutRecords,
  };
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
