import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../model/random.ts';
import { createHistogram, highestUs, mergeStored, quantileOfStored } from './histogram.ts';

function histogramOf(values: readonly number[]) {
  const histogram = createHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

function exactQuantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = q * (sorted.length - 1);
  const low = sorted[Math.floor(position)]!;
  const high = sorted[Math.ceil(position)]!;
  return low + (high - low) * (position - Math.floor(position));
}

describe('the latency histogram', () => {
  it('has no quantile while it is empty', () => {
    const histogram = createHistogram();
    expect(histogram.quantile(0.5)).toBeUndefined();
    expect(histogram.store()).toEqual({ buckets: [], counts: [], count: 0, minUs: 0, maxUs: 0, sumUs: 0 });
  });

  it('gives a single value back exactly, at every quantile and of every size', () => {
    for (const value of [
      0,
      1,
      127,
      128,
      255,
      256,
      257,
      999_999,
      2 ** 31,
      2 ** 32 - 1,
      2 ** 32,
      2 ** 32 + 1,
      highestUs,
    ]) {
      const histogram = histogramOf([value]);
      for (const q of [0, 0.5, 0.99, 1]) expect(histogram.quantile(q)).toBe(value);
    }
  });

  it('finds any value again within 0.8 %, over the whole range', () => {
    const random = createRandom(7);
    for (let i = 0; i < 20_000; i++) {
      const value = Math.floor(2 ** (random() * Math.log2(highestUs)));
      // Between a lower and a higher value: neither the exact minimum nor the exact maximum answers.
      const found = histogramOf([0, value, highestUs]).quantile(0.5)!;
      expect(Math.abs(found - value)).toBeLessThanOrEqual(Math.max(0.5, value * 0.008));
    }
  }, 20_000);

  it('has neither gaps nor overlaps between its buckets', () => {
    let last = -1;
    for (let value = 0; value < 70_000; value++) {
      const bucket = histogramOf([value]).store().buckets[0]!;
      expect(bucket === last || bucket === last + 1).toBe(true);
      last = bucket;
    }
    const around = [2 ** 32 - 1, 2 ** 32].map((value) => histogramOf([value]).store().buckets[0]!);
    expect(around[1]).toBe(around[0]! + 1);
  }, 20_000);

  it('agrees with the exact quantiles of skewed latencies', () => {
    const random = createRandom(42);
    const values = Array.from({ length: 10_000 }, () => Math.round(500 * Math.exp(2 * random() + 3 * random() ** 8)));
    const histogram = histogramOf(values);
    for (const q of [0, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999, 1]) {
      const exact = exactQuantile(values, q);
      expect(Math.abs(histogram.quantile(q)! - exact)).toBeLessThanOrEqual(exact * 0.008);
    }
  });

  it('interpolates between two distant values', () => {
    expect(histogramOf([10, 1000]).quantile(0.5)).toBe(505);
  });

  it('keeps minimum, maximum and sum exactly, and never leaves them', () => {
    const histogram = histogramOf([1_000_003, 1_000_001, 1_000_002]);
    expect(histogram.store()).toMatchObject({ minUs: 1_000_001, maxUs: 1_000_003, sumUs: 3_000_006, count: 3 });
    for (const q of [-1, 0, 0.3, 0.5, 0.9, 1, 2]) {
      expect(histogram.quantile(q)).toBeGreaterThanOrEqual(1_000_001);
      expect(histogram.quantile(q)).toBeLessThanOrEqual(1_000_003);
    }
  });

  it('clamps what is above a day, and refuses what is no latency', () => {
    expect(histogramOf([Number.POSITIVE_INFINITY]).quantile(0.5)).toBe(highestUs);
    for (const value of [-1, Number.NaN]) expect(() => createHistogram().record(value)).toThrow(RangeError);
  });

  it('merges by addition, as if all had been recorded into one', () => {
    const random = createRandom(3);
    const values = Array.from({ length: 900 }, () => Math.floor(random() * 50_000));
    const parts = [values.slice(0, 300), values.slice(300, 301), [], values.slice(301)];
    const merged = mergeStored(parts.map((part) => histogramOf(part).store()));
    expect(merged).toEqual(histogramOf(values).store());
    expect(quantileOfStored(merged, 0.95)).toBe(histogramOf(values).quantile(0.95));
    expect(mergeStored([])).toEqual(createHistogram().store());
  });

  it('refuses to merge buckets that it does not have', () => {
    const damaged = { buckets: [1e6], counts: [1], count: 1, minUs: 1, maxUs: 1, sumUs: 1 };
    expect(() => createHistogram().merge(damaged)).toThrow(RangeError);
  });

  it('survives JSON', () => {
    const stored = histogramOf([1.4, 300.6, 5e9]).store();
    expect(JSON.parse(JSON.stringify(stored))).toEqual(stored);
    expect(stored).toMatchObject({ minUs: 1, sumUs: 1 + 301 + 5e9 });
  });

  it('records a million values in well under a second', () => {
    const histogram = createHistogram();
    const start = performance.now();
    for (let i = 0; i < 1_000_000; i++) histogram.record((i * 7919) % 900_000);
    const elapsedMs = performance.now() - start;
    expect(elapsedMs).toBeLessThan(500);
  });
});
