import { permutationLimit, permutationP } from './permutation.ts';
import { signFlipLimit, signFlipP } from './sign-flip.ts';
import { studentTQuantile, studentTUpperTail } from './student-t.ts';
import { mean, sampleSd } from './summary.ts';

/** How far one set of values lies above another, on the scale of the values. */
export interface Effect {
  /** Mean of `after` less mean of `before`. */
  readonly mean: number;
  /** Half the width of the 90 % confidence interval of `mean`. */
  readonly halfWidth: number;
  /** One-sided p against no effect, in the direction of `mean`; 1 only where no value differs. */
  readonly p: number;
  /** Smallest effect that is seen with 80 % power. */
  readonly resolution: number;
}

/** 95 % on one side: the ends of a 90 % interval. */
const confidence = 0.95;
const power = 0.8;

/** Smallest effect that so many pairs, whose differences scatter by `sd`, show with 80 % power. */
export function pairedResolution(sd: number, pairs: number): number {
  const df = pairs - 1;
  return ((studentTQuantile(confidence, df) + studentTQuantile(power, df)) * sd) / Math.sqrt(pairs);
}

/**
 * The effect between values that were taken in pairs; `undefined` below two pairs, which show no spread.
 *
 * Mean, interval and resolution are those of the paired t test
 * (https://www.itl.nist.gov/div898/handbook/prc/section3/prc311.htm); p is that of the exact sign-flip test, or
 * of the t test where there are too many pairs to enumerate and the two agree.
 */
export function pairedEffect(before: readonly number[], after: readonly number[]): Effect | undefined {
  if (before.length !== after.length) throw new RangeError('pairs need as many values before as after');
  const differences = after.map((value, index) => value - (before[index] ?? value));
  const centre = mean(differences);
  const sd = sampleSd(differences);
  if (centre === undefined || sd === undefined) return undefined;
  const standardError = sd / Math.sqrt(differences.length);
  const df = differences.length - 1;
  const towardsMean = centre < 0 ? differences.map((difference) => -difference) : differences;
  return {
    mean: centre,
    halfWidth: studentTQuantile(confidence, df) * standardError,
    p: differences.length <= signFlipLimit ? signFlipP(towardsMean) : tailOf(Math.abs(centre), standardError, df),
    resolution: pairedResolution(sd, differences.length),
  };
}

/**
 * The effect between two sets of values that were taken apart; `undefined` where either has fewer than two.
 *
 * Mean, interval and resolution are those of Welch's t test
 * (https://en.wikipedia.org/wiki/Welch%27s_t-test); p is that of the exact permutation test, or of Welch's where
 * there are too many values to enumerate. `driftSd` is the spread that lies between two such sets though
 * nothing changed, and which the values themselves cannot show; it widens interval and resolution.
 */
export function unpairedEffect(
  before: readonly number[],
  after: readonly number[],
  driftSd: number,
): Effect | undefined {
  const sds = [sampleSd(before), sampleSd(after)] as const;
  const means = [mean(before), mean(after)] as const;
  if (sds[0] === undefined || sds[1] === undefined || means[0] === undefined || means[1] === undefined)
    return undefined;
  const variances = [sds[0] ** 2 / before.length, sds[1] ** 2 / after.length] as const;
  const variance = variances[0] + variances[1];
  const standardError = Math.sqrt(variance);
  const df =
    variance === 0
      ? before.length + after.length - 2
      : variance ** 2 / (variances[0] ** 2 / (before.length - 1) + variances[1] ** 2 / (after.length - 1));
  const centre = means[1] - means[0];
  const withDrift = (probability: number) =>
    Math.hypot(
      studentTQuantile(probability, df) * standardError,
      studentTQuantile(probability, knownSpreadDf) * driftSd,
    );
  const [low, high] = centre < 0 ? [after, before] : [before, after];
  return {
    mean: centre,
    halfWidth: withDrift(confidence),
    p:
      before.length + after.length <= permutationLimit
        ? permutationP(low, high)
        : tailOf(Math.abs(centre), standardError, df),
    resolution: withDrift(confidence) + withDrift(power),
  };
}

/** A spread that is known, not estimated, has normal quantiles: those of t with so many degrees of freedom. */
const knownSpreadDf = 1e6;

/** p of the t test; 1 where there is neither an effect nor a spread, as in the exact tests. */
function tailOf(effect: number, standardError: number, df: number): number {
  if (effect === 0) return standardError === 0 ? 1 : 0.5;
  return studentTUpperTail(effect / standardError, df);
}
