import { describe, expect, it } from 'vitest';
import { createRandom } from '../model/random.ts';
import { pairedEffect } from '../stats/effect.ts';
import { verdictOf, withCorrectedP } from './verdict.ts';

const margin = Math.log1p(0.1);
const limits = { worse: margin, better: margin };

/**
 * Shares of the verdicts over 1,000 simulated comparisons of eight rounds, whose log ratios scatter by 0.09
 * around `shift`: the spread that identical code showed on a shared two-core machine.
 */
function simulate(shift: number, seed: number): (verdict: string) => number {
  const random = createRandom(seed);
  const normal = (sd: number) => sd * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const counts = new Map<string, number>();
  for (let comparison = 0; comparison < 1000; comparison++) {
    const before = Array.from({ length: 8 }, () => normal(0.3));
    const after = before.map((value) => value + shift + normal(0.09));
    const effect = pairedEffect(before, after);
    if (effect === undefined) throw new Error('eight rounds have an effect');
    const verdict = verdictOf(effect, limits);
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  }
  return (verdict) => (counts.get(verdict) ?? 0) / 1000;
}

describe('verdictOf on the spread that machines show', () => {
  it('calls identical code REGRESSED in at most 2 % of comparisons, and OK in most', () => {
    const share = simulate(0, 1);
    expect(share('REGRESSED')).toBeLessThanOrEqual(0.02);
    expect(share('IMPROVED')).toBeLessThanOrEqual(0.02);
    expect(share('OK')).toBeGreaterThan(0.6);
  });

  it('catches 30 % more in at least 95 % of comparisons, and never calls it OK', () => {
    const share = simulate(Math.log(1.3), 2);
    expect(share('REGRESSED')).toBeGreaterThanOrEqual(0.95);
    expect(share('OK')).toBe(0);
  });

  it('catches 30 % less as an improvement', () => {
    expect(simulate(-Math.log(1.3), 3)('IMPROVED')).toBeGreaterThanOrEqual(0.95);
  });

  it('seldom calls a change OK that reaches the margin', () => {
    expect(simulate(margin, 4)('OK')).toBeLessThanOrEqual(0.06);
  });
});

describe('verdictOf at its edges', () => {
  const effect = { mean: 0, halfWidth: 0, p: 0.01, resolution: 0 };

  it('needs p of 0.05 or less', () => {
    expect(verdictOf({ ...effect, mean: 0.2, halfWidth: 0.1, p: 0.05 }, limits)).toBe('REGRESSED');
    expect(verdictOf({ ...effect, mean: 0.2, halfWidth: 0.1, p: 0.0501 }, limits)).toBe('INCONCLUSIVE');
  });

  it('needs an interval that does not hold zero', () => {
    expect(verdictOf({ ...effect, mean: 0.2, halfWidth: 0.2 }, limits)).toBe('INCONCLUSIVE');
    expect(verdictOf({ ...effect, mean: -0.2, halfWidth: 0.2 }, limits)).toBe('INCONCLUSIVE');
    expect(verdictOf({ ...effect, mean: -0.2, halfWidth: 0.19 }, limits)).toBe('IMPROVED');
  });

  it('knows limits that differ by direction', () => {
    const lopsided = { worse: margin, better: Number.POSITIVE_INFINITY };
    expect(verdictOf({ ...effect, mean: -2, halfWidth: 0.1 }, lopsided)).toBe('OK');
    expect(verdictOf({ ...effect, mean: 2, halfWidth: 0.1 }, lopsided)).toBe('REGRESSED');
  });

  it('does not call equal figures a change where nothing is tolerated', () => {
    expect(verdictOf({ ...effect, p: 1 }, { worse: 0, better: 0 })).toBe('OK');
  });

  it('takes back what a corrected p no longer carries, and leaves the rest', () => {
    expect(withCorrectedP('REGRESSED', 0.06)).toBe('INCONCLUSIVE');
    expect(withCorrectedP('IMPROVED', 0.06)).toBe('INCONCLUSIVE');
    expect(withCorrectedP('REGRESSED', 0.05)).toBe('REGRESSED');
    expect(withCorrectedP('OK', 0.9)).toBe('OK');
  });
});
