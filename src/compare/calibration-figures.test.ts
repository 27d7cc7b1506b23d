import { describe, expect, it } from 'vitest';
import type { Spread } from '../model/calibration.ts';
import type { Metric } from '../model/comparison.ts';
import type { Gate } from '../model/gate.ts';
import { median } from '../stats/summary.ts';
import { calibrationFigures, coarsestResolution, resolutionAfter } from './calibration-figures.ts';
import { compareVariants } from './compare-variants.ts';

const gate: Gate = { metric: 'p95', margin: 0.1, floorMs: 1, errors: 0.001, certain: false, require: [], findings: [] };

function metric(name: 'p50' | 'p95' | 'errors', endpoint: string, rounds: readonly number[]): Metric {
  const unit = name === 'errors' ? '%' : 'ms';
  return { name, endpoint, unit, better: 'lower', rounds, value: median(rounds) ?? null };
}

/** Both sides around `ms`; the ratios of the rounds are e^±sd in turn, times `shift`. */
function figures(ms: number, sd: number, shift = 1) {
  const first = Array.from({ length: 8 }, () => ms);
  const second = first.map((value, round) => value * shift * Math.exp(round % 2 === 0 ? sd : -sd));
  const side = (name: string, rounds: readonly number[]) => ({
    name,
    run: {
      metrics: [
        metric('p50', 'GET /a', rounds),
        metric('p95', 'GET /a', rounds),
        metric(
          'errors',
          'GET /a',
          rounds.map(() => 0),
        ),
      ],
      outcomes: {},
    },
  });
  return calibrationFigures(
    compareVariants(side('a (first)', first), side('a (second)', second), gate, 'sliced'),
    gate,
  );
}

const spread = (more: Partial<Spread>): Spread => ({
  endpoint: 'GET /a',
  name: 'p95',
  valueMs: 100,
  sd: 0.05,
  resolutions: [],
  gates: true,
  ...more,
});

describe('what a variant against itself shows', () => {
  it('is the spread of every latency, and what 6, 8 and 12 rounds of it resolve', () => {
    const { spreads, falseAlarms } = figures(100, 0.05);
    expect(spreads.map(({ name, gates }) => [name, gates])).toEqual([
      ['p50', false],
      ['p95', true],
    ]);
    // Eight values of ±0.05 have a standard deviation of 0.05 · √(8 ÷ 7).
    expect(spreads[1]?.sd).toBeCloseTo(0.05 * Math.sqrt(8 / 7), 6);
    expect(spreads[1]?.resolutions.map(({ rounds }) => rounds)).toEqual([6, 8, 12]);
    // t(.95, 7) + t(.80, 7) = 1.8946 + 0.8960.
    expect(resolutionAfter(0.09, 8)).toBeCloseTo(Math.expm1((2.7906 * 0.09) / Math.sqrt(8)), 4);
    expect(falseAlarms).toEqual([]);
  });

  it('leads to a margin that one would write, wider where there are fewer rounds', () => {
    expect(figures(100, 0.05).margins).toEqual([
      { rounds: 6, margin: 0.08 },
      { rounds: 8, margin: 0.06 },
      { rounds: 12, margin: 0.05 },
    ]);
    expect(figures(100, 1).margins[0]).toEqual({ rounds: 6, margin: 3 });
    expect(figures(0.4, 0.3).margins).toEqual([{ rounds: 6 }, { rounds: 8 }, { rounds: 12 }]);
  });

  it('is a false alarm where something is called a change', () => {
    const { falseAlarms } = figures(100, 0.02, 1.3);
    expect(falseAlarms).toHaveLength(1);
    expect(falseAlarms[0]).toMatch(/^p95 of GET \/a went from 100 ms to 130 ms/);
  });
});

describe('the coarsest resolution', () => {
  it('is that of the latencies that decide', () => {
    const spreads = [spread({}), spread({ sd: 0.1 }), spread({ sd: 0.5, gates: false })];
    expect(coarsestResolution(spreads, 8, 0)).toBe(resolutionAfter(0.1, 8));
  });

  it('passes over what the floor would forgive, and is unknown where nothing decides or one round shows no spread', () => {
    expect(coarsestResolution([spread({ valueMs: 0.4, sd: 0.3 }), spread({})], 8, 1)).toBe(resolutionAfter(0.05, 8));
    expect(coarsestResolution([spread({ valueMs: 0.4, sd: 0.3 })], 8, 1)).toBe(0);
    expect(coarsestResolution([spread({ gates: false })], 8, 1)).toBeUndefined();
    expect(coarsestResolution([spread({})], 1, 1)).toBeUndefined();
  });
});
