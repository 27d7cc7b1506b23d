import type { Statement } from '../../../model/queries.ts';
import type { LoggedStatement } from '../../../model/query-log.ts';

/** One execution as the search for loops sees it. */
export interface Step {
  /** Number in the statement table. */
  readonly id: number;
  readonly kind: Statement['kind'];
  /** Equal for equal values; `undefined` where the log does not have them, or not whole. */
  readonly values: string | undefined;
  readonly durationMs: number;
  /** Begin and end in ms since 1970; left out where the log has no time. */
  readonly startAt?: number;
  readonly endAt?: number;
}

/** A statement of a session, `values` being what tells its repeats from each other. */
export function stepOf(
  statement: LoggedStatement,
  id: number,
  kind: Statement['kind'],
  values: string | undefined,
): Step {
  const { durationMs = 0, timestamp } = statement;
  return {
    ...{ id, kind, values, durationMs },
    ...(timestamp === undefined ? {} : { startAt: timestamp - durationMs, endAt: timestamp }),
  };
}

/** Statements further apart than this belong to different work: a loop's next turn follows within a few ms. */
const maxIdleMs = 100;

/** Whether the session was idle for so long that what follows has nothing to do with what was before. */
export function isApart(before: Step, after: Step): boolean {
  if (before.endAt === undefined || after.startAt === undefined) return false;
  // `%t` has whole seconds, which blur both ends.
  const blurMs = before.endAt % 1000 === 0 && (after.endAt ?? 0) % 1000 === 0 ? 1000 : 0;
  return after.startAt - before.endAt > maxIdleMs + blurMs;
}
