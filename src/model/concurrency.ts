import type { Execution } from './queries.ts';

type Timed = Pick<Execution, 'startMs' | 'durationMs'>;

/** How long at least one of these executions ran: what their request waited for them, where it did nothing else meanwhile. */
export function waitedMs(executions: readonly Timed[]): number {
  let waited = 0;
  let untilMs = Number.NEGATIVE_INFINITY;
  for (const { startMs, durationMs } of [...executions].sort((a, b) => a.startMs - b.startMs)) {
    const endMs = startMs + durationMs;
    waited += Math.max(0, endMs - Math.max(startMs, untilMs));
    untilMs = Math.max(untilMs, endMs);
  }
  return waited;
}

/**
 * How many of these executions ran at the same time on the mean: 1 where each waited for the one before.
 *
 * A request waits for the sum of their durations divided by this.
 */
export function concurrencyOf(executions: readonly Timed[]): number {
  const waited = waitedMs(executions);
  const sumMs = executions.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return waited > 0 ? Math.max(1, sumMs / waited) : 1;
}
