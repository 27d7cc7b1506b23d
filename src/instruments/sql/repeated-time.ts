/** How often to repeat a measurement: enough for a median, without waiting long for a slow statement. */
export interface Repeats {
  /** The warm-up is one run, and goes on for this long. */
  readonly warmMs?: number;
  /** Repeats that are wanted in any case, if they fit into `atMostMs`. */
  readonly atLeast: number;
  /** Beyond `atLeast` it goes on for this long, up to `atMost` repeats: fast statements scatter more. */
  readonly forMs: number;
  readonly atMost: number;
  /** No further repeat begins once this time has passed; the first one always takes place. */
  readonly atMostMs: number;
}

/** A fifth of a second gives a statement of 1 ms its 25 repeats; one that is slow gets what fits into 5 s. */
const timingRepeats: Repeats = { atLeast: 5, forMs: 200, atMost: 25, atMostMs: 5_000 };

/** Runs to warm up, then repeatedly; gives the results in order, without the warm-up's. */
export async function repeatWarm<T>(run: () => Promise<T>, repeats: Repeats = timingRepeats): Promise<readonly T[]> {
  const { warmMs = 0, atLeast, forMs, atMost, atMostMs } = repeats;
  const startedAt = performance.now();
  const elapsedMs = () => performance.now() - startedAt;
  do await run();
  while (elapsedMs() < warmMs);
  const results: T[] = [];
  const wanted = () => results.length < atLeast || elapsedMs() < warmMs + forMs;
  do results.push(await run());
  while (results.length < atMost && wanted() && elapsedMs() < atMostMs);
  return results;
}
