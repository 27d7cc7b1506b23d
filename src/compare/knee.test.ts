import { describe, expect, it } from 'vitest';
import type { CapacityPlan, CapacityStep } from '../model/capacity.ts';
import { capacityStep } from '../testing/sample-capacity.ts';
import { endOfSearch, kneeOf, nextConnections, refinedConnections } from './knee.ts';

const plan: CapacityPlan = { stepMs: 3000, maxConnections: 512 };

/** One step per goodput, doubling from one connection. */
function doubling(...goodputs: readonly number[]): readonly CapacityStep[] {
  return goodputs.map((goodputPerS, index) => capacityStep({ connections: 2 ** index, goodputPerS }));
}

describe('the search', () => {
  it('doubles from one connection, and never goes above the most', () => {
    expect(nextConnections([], plan)).toBe(1);
    expect(nextConnections(doubling(10, 20), plan)).toBe(4);
    expect(nextConnections(doubling(10, 20, 40), { ...plan, maxConnections: 6 })).toBe(6);
  });

  it('goes on while two doublings together bring 5 % or more', () => {
    expect(endOfSearch(doubling(100, 200, 400, 600, 603, 631), plan)).toBeUndefined();
    expect(endOfSearch(doubling(100, 200, 400, 600, 603, 629), plan)).toBe('flat');
  });

  it('measures up to sixteen connections, even where one is enough', () => {
    expect(endOfSearch(doubling(100, 100, 100, 100), plan)).toBeUndefined();
    expect(endOfSearch(doubling(100, 100, 100, 100, 100), plan)).toBe('flat');
  });

  it('ends where the goodput falls by more than a tenth', () => {
    expect(endOfSearch(doubling(100, 200, 400, 800, 719), plan)).toBe('fell');
    expect(endOfSearch(doubling(100, 200, 400, 800, 721), plan)).toBeUndefined();
  });

  it('ends at once where the objective is missed, requests fail, or the generator is the limit', () => {
    const next = (more: Partial<CapacityStep>) => [...doubling(100), capacityStep({ connections: 2, ...more })];
    expect(endOfSearch(next({ objectiveMet: false }), plan)).toBe('objective');
    expect(endOfSearch(next({ due: 100, answered: 100, failed: 6 }), plan)).toBe('errors');
    expect(endOfSearch(next({ due: 100, answered: 100, failed: 5 }), plan)).toBeUndefined();
    const generator = { utilization: 0.86, threads: 1, lagP95Ms: 0, lagP99Ms: 0 };
    expect(endOfSearch(next({ generator }), plan)).toBe('generator');
    expect(endOfSearch(next({ generator, due: 100, answered: 90, failed: 0 }), plan)).toBe('generator');
  });

  it('ends with the errors where refusals keep the generator busy, and knows the knee below', () => {
    const generator = { utilization: 0.86, threads: 1, lagP95Ms: 0, lagP99Ms: 0 };
    const refused = { connections: 32, goodputPerS: 212, due: 1000, answered: 1000, failed: 990, generator };
    const steps = [...doubling(44, 87, 176, 195, 196), capacityStep(refused)];
    expect(endOfSearch(steps, plan)).toBe('errors');
    expect(kneeOf(steps, 'errors')).toMatchObject({ connections: 8, goodputPerS: 195 });
  });

  it('ends at the most connections, whether the goodput still grows or not', () => {
    expect(endOfSearch(doubling(100, 200, 400), { ...plan, maxConnections: 4 })).toBe('most-connections');
    expect(endOfSearch(doubling(100, 100, 100), { ...plan, maxConnections: 4 })).toBe('flat');
  });
});

describe('the points between', () => {
  it('lie below the first step that had all of it, where the goodput became flat', () => {
    expect(refinedConnections(doubling(10, 20, 40, 80, 100, 101, 102), 'flat')).toEqual([10, 12, 14]);
    expect(refinedConnections(doubling(10, 20, 40, 41, 41), 'flat')).toEqual([3]);
    expect(refinedConnections(doubling(10, 10, 10, 10, 10), 'flat')).toEqual([]);
  });

  it('lie between the last good step and the first bad one', () => {
    const steps = [...doubling(10, 20, 40), capacityStep({ connections: 8, goodputPerS: 30, objectiveMet: false })];
    expect(refinedConnections(steps, 'objective')).toEqual([5, 6, 7]);
    expect(refinedConnections(doubling(10, 20, 40, 20, 10), 'fell')).toEqual([7, 10, 13]);
  });

  it('are none where one connection is too many', () => {
    expect(refinedConnections([capacityStep({ connections: 1, objectiveMet: false })], 'objective')).toEqual([]);
  });
});

describe('the knee', () => {
  it('is the least number of connections with 95 % of the best goodput', () => {
    expect(kneeOf(doubling(10, 20, 40, 94, 95, 100), 'flat')).toMatchObject({ connections: 16, goodputPerS: 95 });
  });

  it('is looked for among steps that met the objective', () => {
    const steps = [...doubling(10, 20, 40), capacityStep({ connections: 8, goodputPerS: 80, objectiveMet: false })];
    expect(kneeOf(steps, 'objective')?.connections).toBe(4);
  });

  it('is not known where the goodput still grows, the generator was the limit, or nothing was good', () => {
    expect(kneeOf(doubling(10, 20, 40), 'most-connections')).toBeUndefined();
    expect(kneeOf(doubling(10, 20, 40), 'generator')).toBeUndefined();
    expect(kneeOf([capacityStep({ connections: 1, objectiveMet: false })], 'objective')).toBeUndefined();
    expect(kneeOf(doubling(10, 20, 20), 'most-connections')?.connections).toBe(2);
  });
});
