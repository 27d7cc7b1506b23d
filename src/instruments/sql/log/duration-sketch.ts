/** Durations in logarithmic buckets: quantiles of any number of values in some hundred numbers. */
export interface DurationSketch {
  add(durationMs: number): void;
  /** The quantile `q` (0 to 1) within 2 % of the true value; `undefined` without values. */
  quantile(q: number): number | undefined;
}

// Buckets [γ^i, γ^(i+1)) whose middle is within 2 % of everything in them:
// Masson, Rim, Lee, "DDSketch", VLDB 2019, https://arxiv.org/abs/1908.10693
const relativeError = 0.02;
const gamma = (1 + relativeError) / (1 - relativeError);
const logGamma = Math.log(gamma);

/** The log has thousandths of a millisecond: everything below counts as 0. */
const smallestMs = 0.001;

/** Buckets below and above that of 1 ms: from a thousandth to twelve days. */
const bucketsBelow = 180;
const bucketCount = 720;

/** An empty sketch. */
export function createDurationSketch(): DurationSketch {
  const buckets = new Uint32Array(bucketCount);
  let count = 0;
  let zeros = 0;
  return {
    add(durationMs) {
      count++;
      if (durationMs < smallestMs) {
        zeros++;
        return;
      }
      const bucket = Math.min(Math.ceil(Math.log(durationMs) / logGamma) + bucketsBelow, bucketCount - 1);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    },
    quantile(q) {
      if (count === 0) return undefined;
      let left = Math.ceil(q * count) - zeros;
      if (left <= 0) return 0;
      for (let bucket = 0; bucket < bucketCount; bucket++) {
        left -= buckets[bucket] ?? 0;
        if (left <= 0) return (2 * gamma ** (bucket - bucketsBelow)) / (gamma + 1);
      }
      return undefined;
    },
  };
}
