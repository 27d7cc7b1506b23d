import { describe, expect, it } from 'vitest';
import { geometricMean, mean, median, sampleSd } from './summary.ts';

describe('summary', () => {
  it('knows no mean, spread or median of nothing', () => {
    expect(mean([])).toBeUndefined();
    expect(median([])).toBeUndefined();
    expect(sampleSd([])).toBeUndefined();
  });

  it('knows no spread of one value, and does not call it zero', () => {
    expect(sampleSd([5])).toBeUndefined();
    expect(sampleSd([5, 5])).toBe(0);
  });

  it('divides by n − 1', () => {
    expect(sampleSd([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 12);
  });

  it('keeps its precision far from zero', () => {
    expect(sampleSd([1e9 + 1, 1e9 + 2, 1e9 + 3])).toBeCloseTo(1, 9);
  });

  it('has a ratio of geometric means that is the mean ratio', () => {
    expect(geometricMean([1, 100])).toBeCloseTo(10, 12);
    expect((geometricMean([30, 5]) ?? 0) / (geometricMean([10, 10]) ?? 0)).toBeCloseTo(Math.sqrt(3 * 0.5), 12);
    expect(geometricMean([])).toBeUndefined();
    expect(geometricMean([1, 0])).toBeUndefined();
  });

  it('takes the middle by number, not by text, and leaves its input as it was', () => {
    const values = [10, 9, 100];
    expect(median(values)).toBe(10);
    expect(values).toEqual([10, 9, 100]);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});
