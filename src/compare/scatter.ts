import { alpha, type ComparedMetric } from '../model/comparison.ts';
import { studentTQuantile } from '../stats/student-t.ts';

/** Mean and standard deviation of the differences that the rounds gave, on the scale of `pairedEffect`. */
export interface Scatter {
  readonly effect: number;
  readonly sd: number;
}

/** The scatter of a metric whose rounds were paired, from the interval that it led to. */
export function scatterOf({ name, better, change, interval: [low, high], rounds }: ComparedMetric): Scatter {
  const scale = name === 'errors' ? (share: number) => share : Math.log1p;
  const halfWidth = (scale(high) - scale(low)) / 2;
  return {
    effect: (better === 'lower' ? 1 : -1) * scale(change),
    sd: (halfWidth * Math.sqrt(rounds)) / studentTQuantile(1 - alpha, rounds - 1),
  };
}
