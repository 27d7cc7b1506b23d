import { studentTQuantile } from './student-t.ts';
import { mean, sampleSd } from './summary.ts';

/**
 * The 90 % confidence interval of the mean that the values are samples of; `undefined` below two values.
 *
 * Source: https://www.itl.nist.gov/div898/handbook/eda/section3/eda352.htm
 */
export function meanInterval(values: readonly number[]): readonly [low: number, high: number] | undefined {
  const centre = mean(values);
  const sd = sampleSd(values);
  if (centre === undefined || sd === undefined) return undefined;
  const halfWidth = (studentTQuantile(0.95, values.length - 1) * sd) / Math.sqrt(values.length);
  return [centre - halfWidth, centre + halfWidth];
}
