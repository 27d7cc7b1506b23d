import { describe, expect, it } from 'vitest';
import type { Gate } from '../model/gate.ts';
import type { LoadRound } from '../model/load.ts';
import { endpointRound, histogramOf, loadRound } from '../testing/sample-rounds.ts';
import { areEnoughRounds, roundsToProve } from './enough-rounds.ts';

const gate: Gate = { metric: 'p95', margin: 0.1, floorMs: 0, errors: 0.001, certain: false, require: [], findings: [] };

/** Rounds in which every one of 200 requests takes so long. */
function roundsOf(timesMs: readonly number[], endpoints: readonly string[] = ['GET /a']): readonly LoadRound[] {
  return timesMs.map((ms) => {
    const responseTime = histogramOf(Array.from({ length: 200 }, () => ms));
    const cell = endpointRound({ answered: 200, responseTime });
    return loadRound({ endpoints: Object.fromEntries(endpoints.map((endpoint) => [endpoint, cell])) });
  });
}

const steady = (count: number, ms = 100) => Array.from({ length: count }, () => ms);
/** Each other round is slower by this share: of six, h is 2.015 · s ÷ √6 with s = 1.095 · ln(1 + share) ÷ 2. */
const uneven = (count: number, share: number) =>
  Array.from({ length: count }, (_, round) => (round % 2 === 0 ? 100 : 100 * (1 + share)));

describe('rounds are enough', () => {
  it('where the interval is narrow, wherever it lies', () => {
    expect(areEnoughRounds([roundsOf(steady(6)), roundsOf(steady(6, 400))], gate)).toBe(true);
    expect(areEnoughRounds([roundsOf(steady(6)), roundsOf(uneven(6, 0.1))], gate)).toBe(true);
  });

  it('and not where the whole of it is wider than the margin', () => {
    expect(areEnoughRounds([roundsOf(steady(6)), roundsOf(uneven(6, 0.13))], gate)).toBe(false);
    expect(areEnoughRounds([roundsOf(steady(8)), roundsOf(uneven(8, 0.13))], gate)).toBe(true);
  });

  it('where it is within the floor', () => {
    const jumpy = [roundsOf(steady(6)), roundsOf(uneven(6, 0.5))] as const;
    expect(areEnoughRounds(jumpy, gate)).toBe(false);
    expect(areEnoughRounds(jumpy, { ...gate, floorMs: 50 })).toBe(true);
  });

  it('and not where so many cannot prove a change of so many endpoints', () => {
    const twelve = Array.from({ length: 12 }, (_, index) => `GET /${index}`);
    expect(roundsToProve(12)).toBe(8);
    const enough = (count: number) =>
      areEnoughRounds([roundsOf(steady(count), twelve), roundsOf(steady(count), twelve)], gate);
    expect([enough(7), enough(8)]).toEqual([false, true]);
  });

  it('where no latency has a value, since more rounds would give it none', () => {
    const rare = Array.from({ length: 6 }, () =>
      loadRound({ endpoints: { 'GET /a': endpointRound({ answered: 3 }) } }),
    );
    expect(areEnoughRounds([rare, rare], gate)).toBe(true);
  });
});
