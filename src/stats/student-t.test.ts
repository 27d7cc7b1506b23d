import { describe, expect, it } from 'vitest';
import { studentTQuantile, studentTUpperTail } from './student-t.ts';

// https://www.itl.nist.gov/div898/handbook/eda/section3/eda3672.htm prints 0.95 to three digits; the further
// digits are those of the usual tables: https://en.wikipedia.org/wiki/Student%27s_t-distribution#Table_of_selected_values
const t95 = [
  6.3138, 2.92, 2.3534, 2.1318, 2.015, 1.9432, 1.8946, 1.8595, 1.8331, 1.8125, 1.7959, 1.7823, 1.7709, 1.7613, 1.7531,
  1.7459, 1.7396, 1.7341, 1.7291, 1.7247, 1.7207, 1.7171, 1.7139, 1.7109, 1.7081, 1.7056, 1.7033, 1.7011, 1.6991,
  1.6973,
];
const t80 = [1.376, 1.061, 0.978, 0.941, 0.92, 0.906, 0.896, 0.889, 0.883, 0.879, 0.876, 0.873, 0.87, 0.868, 0.866];

describe('studentTQuantile', () => {
  it('gives the published 95 % values for 1 to 30 degrees of freedom', () => {
    for (const [index, expected] of t95.entries()) {
      expect(Math.abs(studentTQuantile(0.95, index + 1) - expected)).toBeLessThanOrEqual(0.00006);
    }
  });

  it('gives the published 80 % values', () => {
    for (const [index, expected] of t80.entries()) {
      expect(Math.abs(studentTQuantile(0.8, index + 1) - expected)).toBeLessThanOrEqual(0.00051);
    }
  });

  it('agrees with the closed forms for 1, 2 and 4 degrees of freedom', () => {
    for (const p of [0.51, 0.6, 0.8, 0.95, 0.975, 0.999, 0.99999]) {
      const u = 2 * p - 1;
      expect(studentTQuantile(p, 1)).toBeCloseTo(Math.tan((Math.PI * u) / 2), 6);
      expect(studentTQuantile(p, 2)).toBeCloseTo(u * Math.sqrt(2 / (1 - u * u)), 8);
      const alpha = 4 * p * (1 - p);
      const q = Math.cos(Math.acos(Math.sqrt(alpha)) / 3) / Math.sqrt(alpha);
      expect(studentTQuantile(p, 4)).toBeCloseTo(2 * Math.sqrt(q - 1), 6);
    }
  });

  it('approaches the normal distribution', () => {
    expect(studentTQuantile(0.95, 1e6)).toBeCloseTo(1.644854, 4);
    expect(studentTQuantile(0.8, 1e6)).toBeCloseTo(0.841621, 4);
  });

  it('takes fractional degrees of freedom and lies between the neighbours', () => {
    const between = studentTQuantile(0.95, 7.5);
    expect(between).toBeLessThan(studentTQuantile(0.95, 7));
    expect(between).toBeGreaterThan(studentTQuantile(0.95, 8));
  });

  it('is odd around the median', () => {
    expect(studentTQuantile(0.5, 7)).toBeCloseTo(0, 9);
    expect(studentTQuantile(0.05, 7)).toBeCloseTo(-studentTQuantile(0.95, 7), 9);
  });

  it.each([0, 1, -0.1, Number.NaN])('refuses p = %s', (p) => {
    expect(() => studentTQuantile(p, 7)).toThrow(RangeError);
  });

  it.each([0, -1, Number.NaN])('refuses %s degrees of freedom', (df) => {
    expect(() => studentTQuantile(0.95, df)).toThrow(RangeError);
  });
});

describe('studentTUpperTail', () => {
  it('is the inverse of the quantile', () => {
    for (const df of [1, 2.7, 7, 30, 400]) {
      for (const p of [0.55, 0.8, 0.95, 0.999]) {
        expect(studentTUpperTail(studentTQuantile(p, df), df)).toBeCloseTo(1 - p, 10);
      }
    }
  });

  it('is a half at zero and nothing at infinity', () => {
    expect(studentTUpperTail(0, 5)).toBeCloseTo(0.5, 12);
    expect(studentTUpperTail(Number.POSITIVE_INFINITY, 5)).toBe(0);
    expect(studentTUpperTail(Number.NEGATIVE_INFINITY, 5)).toBe(1);
  });
});
