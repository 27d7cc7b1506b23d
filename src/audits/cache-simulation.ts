/** One reading of something that could have been kept: what was asked, and what came out. */
export interface Reading {
  readonly atMs: number;
  readonly key: string;
  readonly result: string;
}

/** What a cache would have done with these readings. */
export interface SimulatedCache {
  readonly readings: number;
  /** Readings that it would have answered. */
  readonly hits: number;
  /** Hits whose answer was no longer the true one. */
  readonly stale: number;
  /**
   * First readings of what was hit later: misses of an empty cache, which one in use has behind it. With them `hits` is
   * the Good–Turing estimate for a warm cache: all readings but those of what was read once, and those of expired entries.
   * Source: Good, "The population frequencies of species", Biometrika 40 (1953).
   */
  readonly cold: number;
}

/** A cache without a limit of size that keeps each result for `ttlMs` from when it was read. */
export function simulateCache(readings: readonly Reading[], ttlMs: number): SimulatedCache {
  const kept = new Map<string, { readonly result: string; readonly untilMs: number }>();
  const hitKeys = new Set<string>();
  let hits = 0;
  let stale = 0;
  for (const { atMs, key, result } of readings.toSorted((a, b) => a.atMs - b.atMs)) {
    const entry = kept.get(key);
    if (entry && atMs < entry.untilMs) {
      hits += 1;
      hitKeys.add(key);
      if (entry.result !== result) stale += 1;
    } else {
      kept.set(key, { result, untilMs: atMs + ttlMs });
    }
  }
  return { readings: readings.length, hits, stale, cold: hitKeys.size };
}
