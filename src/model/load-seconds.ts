import type { LoadRound, LoadSecond } from './load.ts';

/**
 * The seconds of a round in which load was offered for at least half of the time.
 *
 * What follows the last of them holds little else than requests that were waited for, which are slower than others.
 */
export function wholeSeconds({ seconds, durationMs }: LoadRound): readonly LoadSecond[] {
  return seconds.filter(({ second }) => (second + 0.5) * 1000 <= durationMs);
}
