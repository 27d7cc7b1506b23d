/** Something that takes time; lists of it are in the order in which they began. */
export interface Timed {
  readonly startMs: number;
  readonly durationMs: number;
}

/**
 * The longest sum of `costMs` along steps of which each comes after the one before it, as `follows` says: how long the
 * steps take if everything else runs beside them.
 */
export function longestChainMs<T extends Timed>(
  steps: readonly T[],
  costMs: (step: T) => number,
  follows: (later: T, earlier: T) => boolean,
): number {
  const untilEnd: number[] = [];
  for (const [index, step] of steps.entries()) {
    const before = steps.slice(0, index).map((earlier, n) => (follows(step, earlier) ? (untilEnd[n] ?? 0) : 0));
    untilEnd.push(costMs(step) + Math.max(0, ...before));
  }
  return Math.max(0, ...untilEnd);
}

/** Whether one began only when the other had ended. */
export function beganAfter(later: Timed, earlier: Timed): boolean {
  return later.startMs >= earlier.startMs + earlier.durationMs;
}
