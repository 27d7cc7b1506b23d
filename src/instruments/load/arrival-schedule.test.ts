import { describe, expect, it } from 'vitest';
import type { ArrivalPhase, OpenModel } from '../../model/load-spec.ts';
import { arrivalsUntil, createArrivalSchedule } from './arrival-schedule.ts';

const phase = (fromPerS: number, toPerS: number, durationMs?: number): ArrivalPhase => ({
  fromPerS,
  toPerS,
  warmup: false,
  ...(durationMs !== undefined && { durationMs }),
});

function times(
  phases: readonly ArrivalPhase[],
  {
    arrivals = 'even' as OpenModel['arrivals'],
    seed = 1,
    share = { index: 0, count: 1 },
    most = Number.POSITIVE_INFINITY,
  } = {},
): number[] {
  const schedule = createArrivalSchedule({ phases, arrivals }, seed, share);
  const found: number[] = [];
  for (let at = schedule.next(); at !== undefined && found.length < most; at = schedule.next()) found.push(at);
  return found;
}

describe('the schedule of arrivals', () => {
  it('is even at a constant rate', () => {
    expect(times([phase(200, 200, 50)])).toEqual([2.5, 7.5, 12.5, 17.5, 22.5, 27.5, 32.5, 37.5, 42.5, 47.5]);
  });

  it('goes on without end where the last phase has none', () => {
    const found = times([phase(10, 10, 1000), phase(100, 100)], { most: 1000 });
    expect(found[9]).toBeCloseTo(950);
    expect(found[10]).toBeCloseTo(1005);
    expect(found[999]).toBeCloseTo(1000 + 9895);
  });

  it('ramps: arrivals until t are the integral of the rate', () => {
    const phases = [phase(50, 400, 10_000), phase(400, 400, 1000), phase(400, 0, 2000)];
    const found = times(phases);
    expect(found).toHaveLength(2250 + 400 + 400);
    for (const t of [1000, 5000, 9999, 10_500, 12_900]) {
      expect(Math.abs(found.filter((at) => at <= t).length - arrivalsUntil(phases, t))).toBeLessThanOrEqual(0.5);
    }
    expect(found.toSorted((a, b) => a - b)).toEqual(found);
  });

  it('waits through a phase without arrivals', () => {
    const found = times([phase(10, 10, 200), phase(0, 0, 1000), phase(10, 10, 200)]);
    expect(found.map(Math.round)).toEqual([50, 150, 1250, 1350]);
  });

  it('gives shares that together are the whole', () => {
    const phases = [phase(100, 300, 1000)];
    const parts = [0, 1, 2].map((index) => times(phases, { share: { index, count: 3 } }));
    expect(parts.flat().sort((a, b) => a - b)).toEqual(times(phases));
  });

  it('draws exponential distances for poisson, the same for the same seed', () => {
    const phases = [phase(1000, 1000, 20_000)];
    const found = times(phases, { arrivals: 'poisson' });
    expect(found).toEqual(times(phases, { arrivals: 'poisson' }));
    expect(found).not.toEqual(times(phases, { arrivals: 'poisson', seed: 2 }));
    expect(Math.abs(found.length - 20_000)).toBeLessThan(4 * Math.sqrt(20_000));
    const distances = found.slice(1).map((at, index) => at - (found[index] ?? 0));
    const longer = (ms: number) => distances.filter((distance) => distance > ms).length / distances.length;
    expect(longer(1)).toBeCloseTo(Math.exp(-1), 1);
    expect(longer(3)).toBeCloseTo(Math.exp(-3), 1);
  });
});
