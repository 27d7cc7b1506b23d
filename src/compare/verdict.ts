import { alpha, type Verdict } from '../model/comparison.ts';
import type { Effect } from '../stats/effect.ts';

/** From which effect on a change matters, on the scale of the effect, where more is worse. */
export interface Limits {
  readonly worse: number;
  readonly better: number;
}

/**
 * The verdict over an effect for which more is worse.
 *
 * A change is called one if it is real (the interval does not hold zero, and chance alone would rarely do it)
 * and if it matters (it reaches the limit). `OK` says more than "not called one": every change in the interval
 * is too small to matter. Whatever is left cannot be told.
 */
export function verdictOf(effect: Effect, limits: Limits): Verdict {
  const low = effect.mean - effect.halfWidth;
  const high = effect.mean + effect.halfWidth;
  if (low > 0 && effect.p <= alpha && effect.mean >= limits.worse) return 'REGRESSED';
  if (high < 0 && effect.p <= alpha && -effect.mean >= limits.better) return 'IMPROVED';
  if (high <= limits.worse && -low <= limits.better) return 'OK';
  return 'INCONCLUSIVE';
}

/** The same verdict with a p that was corrected since: a change that is no longer sure cannot be told. */
export function withCorrectedP(verdict: Verdict, p: number): Verdict {
  return p > alpha && (verdict === 'REGRESSED' || verdict === 'IMPROVED') ? 'INCONCLUSIVE' : verdict;
}
