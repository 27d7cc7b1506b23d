import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../model/random.ts';
import { createDurationSketch } from './duration-sketch.ts';

describe('createDurationSketch', () => {
  it('answers within 2 % of the true quantile over nine orders of magnitude', () => {
    const random = createRandom(7);
    const values = Array.from({ length: 20_000 }, () => 0.001 * 10 ** (9 * random()));
    const sketch = createDurationSketch();
    for (const value of values) sketch.add(value);
    values.sort((a, b) => a - b);
    for (const q of [0.01, 0.5, 0.95, 0.99, 1]) {
      const truth = values[Math.ceil(q * values.length) - 1] ?? 0;
      expect(Math.abs((sketch.quantile(q) ?? 0) / truth - 1)).toBeLessThanOrEqual(0.0201);
    }
  });

  it('knows zeros, and has no answer without values', () => {
    const sketch = createDurationSketch();
    expect(sketch.quantile(0.95)).toBeUndefined();
    sketch.add(0);
    expect(sketch.quantile(0.95)).toBe(0);
  });
});
