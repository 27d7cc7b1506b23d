import { describe, expect, it } from 'vitest';
import { createRandom } from '../model/random.ts';
import { normalUpperTail, type Point, seasonalTrend } from './trend.ts';

const season = (...values: readonly number[]): readonly Point[] => values.map((value, at) => ({ at, value }));

describe('seasonalTrend', () => {
  it('is Kendall’s test for one season: S = 10 of five rising values, variance 50 ÷ 3', () => {
    const trend = seasonalTrend([season(1, 2, 4, 7, 11)]);
    expect(trend?.p).toBeCloseTo(2 * normalUpperTail(9 / Math.sqrt(50 / 3)), 12);
    expect(trend?.p).toBeCloseTo(0.0275, 4);
  });

  it('adds S and its variance over the seasons, whose levels do not matter', () => {
    const trend = seasonalTrend([season(1, 2, 3, 4), season(101, 102, 103, 104), season(4, 5, 6, 7)]);
    expect(trend?.p).toBeCloseTo(2 * normalUpperTail(17 / Math.sqrt(26)), 12);
    expect(trend?.slope).toBe(1);
  });

  it('corrects the variance for ties: 4 values of which 3 are equal have 5', () => {
    expect(seasonalTrend([season(1, 1, 1, 2)])?.p).toBeCloseTo(2 * normalUpperTail(2 / Math.sqrt(5)), 12);
    expect(seasonalTrend([season(3, 3, 3, 3)])).toEqual({ p: 1, slope: 0 });
  });

  it('takes the variance that the seasons show where it is larger: half up and half down is no trend', () => {
    const up = season(1, 2, 3, 4, 5, 6, 7, 8);
    const down = season(8, 7, 6, 5, 4, 3, 2, 1);
    expect(seasonalTrend([up, up, up, up, down, down])?.p).toBeGreaterThan(0.3);
  });

  it('has the median of the slopes, which one wild value does not move', () => {
    expect(seasonalTrend([season(10, 12, 14, 900, 18, 20)])?.slope).toBe(2);
    const late = [
      { at: 3, value: 1 },
      { at: 7, value: 9 },
    ];
    expect(seasonalTrend([late])?.slope).toBe(2);
  });

  it('tells nothing of single points', () => {
    expect(seasonalTrend([])).toBeUndefined();
    expect(seasonalTrend([season(1), season(2)])).toBeUndefined();
  });

  it('finds a trend in noise without one in at most 1 % of cases at p < 0.01, alike neighbours included', () => {
    const random = createRandom(7);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const alarms = (alike: number) => {
      let count = 0;
      for (let run = 0; run < 2000; run++) {
        const seasons = Array.from({ length: 8 }, () => {
          let last = normal();
          return season(
            ...Array.from({ length: 8 }, () => (last = alike * last + Math.sqrt(1 - alike ** 2) * normal())),
          );
        });
        if ((seasonalTrend(seasons)?.p ?? 1) < 0.01) count += 1;
      }
      return count / 2000;
    };
    expect(alarms(0)).toBeLessThan(0.012);
    expect(alarms(0.6)).toBeLessThan(0.04);
  });
});

describe('normalUpperTail', () => {
  it('has the values of the tables', () => {
    expect(normalUpperTail(0)).toBeCloseTo(0.5, 6);
    expect(normalUpperTail(1.959964)).toBeCloseTo(0.025, 6);
    expect(normalUpperTail(3)).toBeCloseTo(0.0013499, 6);
  });
});
