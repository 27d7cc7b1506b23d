import type { Statement } from '../../../model/queries.ts';

/** One execution as the search for loops sees it. */
export interface Step {
  /** Number in the statement table. */
  readonly id: number;
  readonly kind: Statement['kind'];
  /** Equal for equal values; `undefined` where the log does not have them, or not whole. */
  readonly values: number | undefined;
  readonly durationMs: number;
  /** Begin and end in ms since 1970; NaN where the log has no time. */
  readonly startAt: number;
  readonly endAt: number;
}

/** Statements further apart than this belong to different work: a loop's next turn follows within a few ms. */
const maxIdleMs = 100;

/** Whether the session was idle for so long that what follows has nothing to do with what was before. */
export function isApart(before: Step, after: Step): boolean {
  const idleMs = after.startAt - before.endAt;
  if (!(idleMs > maxIdleMs)) return false;
  // `%t` has whole seconds, which blur both ends.
  const blurMs = before.endAt % 1000 === 0 && after.endAt % 1000 === 0 ? 1000 : 0;
  return idleMs > maxIdleMs + blurMs;
}
