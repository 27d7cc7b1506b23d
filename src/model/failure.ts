import type { ExitCode } from './exit-codes.ts';
import type { FailureText } from './failure-entry.ts';
import { failureTable } from './failure-table.ts';

/** A place in a file that the user wrote; `line` and `column` count from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type FailureCode = keyof typeof failureTable;

type Detail<C extends FailureCode> = Parameters<(typeof failureTable)[C]['text']>[0];

/**
 * An expected failure: everything that a user can cause and mend.
 *
 * It is caught once, in `cli`, which prints `at`, `message` and `hint` and exits with `exitCode`. Anything
 * else that is thrown is a defect of chokepoint and keeps its stack trace.
 */
export class Failure<C extends FailureCode = FailureCode> extends Error {
  readonly code: C;
  readonly detail: Detail<C>;
  readonly hint: string;
  readonly exitCode: ExitCode;
  readonly at: SourcePosition | undefined;

  constructor(code: C, detail: Detail<C>, options: { at?: SourcePosition | undefined; cause?: unknown } = {}) {
    const entryOfCode = failureTable[code];
    const { message, hint } = (entryOfCode.text as (detail: Detail<C>) => FailureText)(detail);
    super(message, { cause: options.cause });
    this.name = 'Failure';
    this.code = code;
    this.detail = detail;
    this.hint = hint;
    this.exitCode = entryOfCode.exit;
    this.at = options.at;
  }
}

/**
 * The same failure with its place in a file, for whoever knows more than the one that threw it.
 *
 * A place that it has already is kept, and anything else than a failure is given back as it is.
 */
export function placed(error: unknown, at: SourcePosition | undefined): unknown {
  if (!(error instanceof Failure) || error.at || !at) return error;
  return new Failure(error.code, error.detail, { at, cause: error.cause });
}

/** Throws the interruption of `signal` as a {@link Failure}; used in every loop that waits. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new Failure('interrupted', {});
}
