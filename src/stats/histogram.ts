import type { StoredHistogram } from '../model/load.ts';

/** A growing histogram of latencies; values are whole microseconds, fractions are rounded. */
export interface Histogram {
  /** Counts one value of zero or more microseconds; above {@link highestUs} it counts as that. */
  record(us: number): void;
  merge(stored: StoredHistogram): void;
  /** In microseconds, for `q` from 0 to 1; `undefined` while empty. */
  quantile(q: number): number | undefined;
  store(): StoredHistogram;
  /** Forgets everything. */
  reset(): void;
}

/**
 * Log-linear buckets, as HdrHistogram has them (http://hdrhistogram.org): each power of two is cut into 128
 * buckets of equal width, so that a bucket is never wider than 1/128 (0.8 %) of the values in it. Below 256 µs
 * a bucket is one microsecond wide.
 */
const subBucketBits = 7;
const subBuckets = 2 ** subBucketBits;

/** One day: a latency above it is a defect of a clock, not a measurement. */
export const highestUs = 24 * 3600 * 1_000_000;

const bucketCount = bucketOf(highestUs) + 1;

/** Whether a stored histogram may name this bucket. */
export function isBucket(index: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < bucketCount;
}

function bucketOf(us: number): number {
  // The layout repeats itself by powers of two, so what is beyond 32 bits is found 12 powers below.
  if (us >= 2 ** 32) return bucketOf(Math.floor(us / 2 ** 12)) + 12 * subBuckets;
  const shift = Math.max(0, 31 - subBucketBits - Math.clz32(us));
  return shift * subBuckets + (us >>> shift);
}

function bounds(bucket: number): { lowUs: number; widthUs: number } {
  const shift = Math.max(0, Math.floor(bucket / subBuckets) - 1);
  return { lowUs: (bucket - shift * subBuckets) * 2 ** shift, widthUs: 2 ** shift };
}

/** An empty histogram; it holds 32 KB and never grows. */
export function createHistogram(): Histogram {
  const counts = new Float64Array(bucketCount);
  let count = 0;
  let minUs = Number.POSITIVE_INFINITY;
  let maxUs = 0;
  let sumUs = 0;

  function store(): StoredHistogram {
    const buckets: number[] = [];
    const stored: number[] = [];
    counts.forEach((value, bucket) => {
      if (value === 0) return;
      buckets.push(bucket);
      stored.push(value);
    });
    return { buckets, counts: stored, count, minUs: count === 0 ? 0 : minUs, maxUs, sumUs };
  }

  return {
    record(us) {
      if (!(us >= 0)) throw new RangeError(`not a latency: ${us} µs`);
      const value = us > highestUs ? highestUs : Math.round(us);
      const bucket = bucketOf(value);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      count += 1;
      sumUs += value;
      if (value < minUs) minUs = value;
      if (value > maxUs) maxUs = value;
    },

    merge(stored) {
      if (stored.count === 0) return;
      stored.buckets.forEach((bucket, index) => {
        const before = counts[bucket];
        const added = stored.counts[index];
        if (before === undefined || added === undefined) throw new RangeError(`not a bucket of latencies: ${bucket}`);
        counts[bucket] = before + added;
      });
      count += stored.count;
      sumUs += stored.sumUs;
      minUs = Math.min(minUs, stored.minUs);
      maxUs = Math.max(maxUs, stored.maxUs);
    },

    quantile: (q) => quantileOfStored(store(), q),
    store,
    reset() {
      counts.fill(0);
      count = 0;
      minUs = Number.POSITIVE_INFINITY;
      maxUs = 0;
      sumUs = 0;
    },
  };
}

/**
 * The quantile in microseconds, for `q` from 0 to 1; `undefined` for an empty histogram.
 *
 * Linear between the two nearest ranks (definition 7 of Hyndman and Fan, 1996), the values of a bucket taken
 * as evenly spread over it; the lowest and the highest rank are exact.
 */
export function quantileOfStored(stored: StoredHistogram, q: number): number | undefined {
  if (stored.count === 0) return undefined;
  const position = Math.min(1, Math.max(0, q)) * (stored.count - 1);
  const rank = Math.floor(position);
  const low = valueAtRank(stored, rank);
  if (position === rank) return low;
  return low + (valueAtRank(stored, rank + 1) - low) * (position - rank);
}

function valueAtRank({ buckets, counts, count, minUs, maxUs }: StoredHistogram, rank: number): number {
  if (rank <= 0) return minUs;
  if (rank >= count - 1) return maxUs;
  let below = 0;
  for (const [index, bucket] of buckets.entries()) {
    const inBucket = counts[index] ?? 0;
    if (rank < below + inBucket) {
      const { lowUs, widthUs } = bounds(bucket);
      // A recorded value was rounded, so a bucket reaches from half a microsecond below its lowest value.
      const value = lowUs - 0.5 + ((rank - below + 0.5) / inBucket) * widthUs;
      return Math.min(maxUs, Math.max(minUs, value));
    }
    below += inBucket;
  }
  return maxUs;
}

/** All of `list` as one histogram, as if every value had been recorded into it. */
export function mergeStored(list: readonly StoredHistogram[]): StoredHistogram {
  const merged = createHistogram();
  for (const stored of list) merged.merge(stored);
  return merged.store();
}
