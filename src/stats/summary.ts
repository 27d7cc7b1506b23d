/** Arithmetic mean; `undefined` of nothing. */
export function mean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Geometric mean of values above zero; `undefined` of nothing, and where one is not above zero.
 *
 * The ratio of two of them is the geometric mean of the ratios.
 */
export function geometricMean(values: readonly number[]): number | undefined {
  if (values.some((value) => !(value > 0))) return undefined;
  const centre = mean(values.map(Math.log));
  return centre === undefined ? undefined : Math.exp(centre);
}

/**
 * Standard deviation of a sample (n − 1 in the denominator); `undefined` where n < 2, because one value says
 * nothing of the spread.
 *
 * Source: https://www.itl.nist.gov/div898/handbook/eda/section3/eda356.htm
 */
export function sampleSd(values: readonly number[]): number | undefined {
  const centre = mean(values);
  if (centre === undefined || values.length < 2) return undefined;
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** The middle value, or the mean of the two middle ones; `undefined` of nothing. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  if (upper === undefined) return undefined;
  if (sorted.length % 2 === 1) return upper;
  return (upper + (sorted[(sorted.length >> 1) - 1] ?? upper)) / 2;
}
