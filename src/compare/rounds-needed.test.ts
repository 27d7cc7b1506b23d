import { describe, expect, it } from 'vitest';
import type { Metric } from '../model/comparison.ts';
import type { Gate } from '../model/gate.ts';
import { createRandom } from '../model/random.ts';
import { median } from '../stats/summary.ts';
import { compareVariants } from './compare-variants.ts';

const gate: Gate = { metric: 'p95', margin: 0.1, floorMs: 0, errors: 0.001, certain: false, require: [], findings: [] };

/** Sum of twelve even draws less six: about normal, with a standard deviation of one. */
const normalFrom = (random: () => number) => Array.from({ length: 12 }, random).reduce((sum, each) => sum + each, -6);

/** A comparison whose rounds have exactly this mean and standard deviation of ln(after ÷ before). */
function comparison(
  rounds: number,
  mean: number,
  sd: number,
  more: Partial<Gate> = {},
  design: 'sliced' | 'separate' = 'sliced',
) {
  const random = createRandom(7);
  const draws = Array.from({ length: rounds }, () => normalFrom(random));
  const centre = draws.reduce((sum, each) => sum + each, 0) / rounds;
  const spread = Math.sqrt(draws.reduce((sum, each) => sum + (each - centre) ** 2, 0) / (rounds - 1));
  const after = draws.map((each) => 100 * Math.exp(mean + (sd * (each - centre)) / spread));
  const side = (name: string, values: readonly number[]) => {
    const metric: Metric = {
      name: 'p95',
      endpoint: 'GET /a',
      unit: 'ms',
      better: 'lower',
      rounds: values,
      value: median(values) ?? null,
    };
    return { name, run: { metrics: [metric], outcomes: {} } };
  };
  return compareVariants(
    side(
      'before',
      after.map(() => 100),
    ),
    side('after', after),
    { ...gate, ...more },
    design,
  );
}

describe('the rounds that an inconclusive comparison would need', () => {
  it('are those whose interval would lie within the margin', () => {
    // h = t(.95, n − 1) · 0.15 ÷ √n ≤ ln 1.1 first at n = 9: 1.860 · 0.15 ÷ 3 = 0.0930.
    const { verdict, roundsNeeded } = comparison(6, 0, 0.15);
    expect({ verdict, roundsNeeded }).toEqual({ verdict: 'INCONCLUSIVE', roundsNeeded: 9 });
  });

  it('are those after which chance would no longer explain a change that matters', () => {
    // t = 0.15 · √n ÷ 0.25 ≥ t(.95, n − 1) first at n = 10: 1.897 ≥ 1.833.
    const { verdict, roundsNeeded } = comparison(6, 0.15, 0.25);
    expect({ verdict, roundsNeeded }).toEqual({ verdict: 'INCONCLUSIVE', roundsNeeded: 10 });
  });

  it('are left out where the change is just about the margin, or fifty would not do', () => {
    expect(comparison(6, 0.094, 0.1)).toMatchObject({ verdict: 'INCONCLUSIVE' });
    expect(comparison(6, 0.094, 0.1).roundsNeeded).toBeUndefined();
    expect(comparison(6, 0, 2).roundsNeeded).toBeUndefined();
  });

  it('are left out of a comparison that can tell, and of two runs apart', () => {
    expect(comparison(8, 0.3, 0.05)).toMatchObject({ verdict: 'REGRESSED' });
    expect(comparison(8, 0.3, 0.05).roundsNeeded).toBeUndefined();
    expect(comparison(6, 0, 0.15, {}, 'separate')).toMatchObject({ verdict: 'INCONCLUSIVE' });
    expect(comparison(6, 0, 0.15, {}, 'separate').roundsNeeded).toBeUndefined();
  });

  it('are what makes the same scatter conclusive', () => {
    const { roundsNeeded = 0 } = comparison(6, 0, 0.15);
    expect(comparison(roundsNeeded, 0, 0.15).verdict).toBe('OK');
    expect(comparison(roundsNeeded - 1, 0, 0.15).verdict).toBe('INCONCLUSIVE');
  });
});
