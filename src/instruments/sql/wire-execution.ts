import type { ResultColumn } from '../../model/queries.ts';
import type { ColumnDescription } from './wire-bodies.ts';
import { boundTexts, type Portal } from './wire-names.ts';
import { collectResult, type ResultCollector } from './wire-result.ts';

/** One execution of one statement as it was heard; times are of `performance.now()`. */
export interface WireExecution {
  readonly sql: string;
  /** Connection on which it ran, numbered from 0. */
  readonly connection: number;
  /** Process id of the backend behind it; the client knows the same one. */
  readonly backendPid?: number;
  /** When the client's Execute or Query passed, or when the execution before it on its connection ended. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Time in which the client waited for it: without the pauses between the fetches of a cursor. */
  readonly durationMs: number;
  readonly parameters: readonly (string | null)[];
  readonly parameterTypes: readonly number[];
  /** Rows returned, or where it returns none, rows changed or copied. */
  readonly rows: number;
  readonly bytes: number;
  /** Empty where the client never asked what the result looks like. */
  readonly columns: readonly ResultColumn[];
  /** SHA-1 (hex) of the rows as they were sent. */
  readonly resultHash: string;
  /** SQLSTATE. */
  readonly error?: string;
  readonly inTransaction: boolean;
}

/** What became known of an execution on one connection. */
export type ConnectionExecution = Omit<WireExecution, 'connection' | 'backendPid'>;

/** An execution under way. */
export interface WireRun {
  /** The result that rows belong to, begun with the columns known at its first row. */
  result(): ResultCollector;
  describe(columns: readonly ColumnDescription[]): void;
  /** The portal gave as many rows as were asked for; the client may ask for more of them later. */
  suspend(now: number): void;
  resume(now: number): void;
  finish(how: { now: number; rows: number; error?: string }): ConnectionExecution;
}

/** Begins an execution of a portal, or of a statement of a simple Query. */
export function beginRun(of: { sql: string } | Portal, startedAt: number, inTransaction: boolean): WireRun {
  const portal = 'bound' in of ? of : undefined;
  let columns: readonly ColumnDescription[] | undefined;
  let collector: ResultCollector | undefined;
  let runningSince: number | undefined = startedAt;
  let endedAt = startedAt;
  let durationMs = 0;

  const result = (): ResultCollector => {
    collector ??= collectResult(
      portal ? (portal.columns ?? portal.statement.columns) : columns,
      portal?.bound.resultFormats,
    );
    return collector;
  };

  const pause = (now: number): void => {
    if (runningSince === undefined) return;
    durationMs += Math.max(0, now - runningSince);
    runningSince = undefined;
    endedAt = Math.max(now, startedAt);
  };

  return {
    result,
    describe(described) {
      columns = described;
      collector = undefined;
    },
    suspend: pause,
    resume(now) {
      runningSince = now;
    },
    finish({ now, rows, error }) {
      pause(now);
      const summary = result().summary();
      return {
        sql: portal ? portal.statement.sql : 'sql' in of ? of.sql : '',
        startedAt,
        endedAt,
        durationMs,
        parameters: portal ? boundTexts(portal) : [],
        parameterTypes: portal ? portal.statement.parameterTypes : [],
        ...summary,
        rows: summary.rows > 0 ? summary.rows : rows,
        ...(error === undefined ? {} : { error }),
        inTransaction,
      };
    },
  };
}
