import { describe, expect, it } from 'vitest';
import { request } from '../../testing/sample-load.ts';
import { createItinerary, type ItineraryPlan } from './itinerary.ts';

const plan: ItineraryPlan = {
  url: 'http://127.0.0.1:8080',
  headers: {},
  seed: 1,
  data: [{ as: 'id', order: 'random', values: { kind: 'range', from: 1, to: 1000 } }],
  flows: [
    { name: 'browse', weight: 4, steps: [request('GET /list'), request('GET /items/{{ id }}')] },
    { name: 'buy', weight: 1, steps: [request('GET /buy/{{ id }}'), request('POST /buy/{{ id }}')] },
  ],
};

function way(of: ItineraryPlan, user: number, length: number): string[] {
  const next = createItinerary(of, user);
  return Array.from({ length }, () => {
    const stop = next();
    return stop.kind === 'think' ? `think ${stop.durationMs}` : (stop.request.bytes.toString().split(' HTTP')[0] ?? '');
  });
}

describe('the way of a virtual user', () => {
  it('is the same for the same seed and user, and another for others', () => {
    expect(way(plan, 3, 100)).toEqual(way(plan, 3, 100));
    expect(way(plan, 3, 100)).not.toEqual(way(plan, 4, 100));
    expect(way(plan, 3, 100)).not.toEqual(way({ ...plan, seed: 2 }, 3, 100));
  });

  it('runs the steps of a flow in order, with one set of data', () => {
    const steps = way(plan, 0, 200);
    const buys = steps.flatMap((step, index) => (step.startsWith('GET /buy') ? [index] : []));
    expect(buys.length).toBeGreaterThan(5);
    for (const index of buys.filter((at) => at < 199)) {
      expect(steps[index + 1]).toBe(steps[index]?.replace('GET', 'POST'));
    }
  });

  it('keeps the weights from the beginning', () => {
    for (const user of [0, 1, 2]) {
      const iterations = way(plan, user, 200).filter((_, index) => index % 2 === 0);
      const buys = iterations.filter((step) => step.startsWith('GET /buy')).length;
      expect(buys).toBeGreaterThanOrEqual(18);
      expect(buys).toBeLessThanOrEqual(22);
    }
  });

  it('starts users in different flows', () => {
    const firsts = Array.from({ length: 40 }, (_, user) => way(plan, user, 1)[0]?.slice(0, 8));
    const buys = firsts.filter((first) => first === 'GET /buy').length;
    expect(buys).toBeGreaterThan(1);
    expect(buys).toBeLessThan(20);
  });

  it('stops to think where the flow says so', () => {
    const flows = [{ name: 'f', weight: 1, steps: [request('GET /'), { kind: 'think', durationMs: 9 } as const] }];
    expect(way({ ...plan, flows }, 0, 4)).toEqual(['GET /', 'think 9', 'GET /', 'think 9']);
  });

  it('never enters a flow without requests or weight, and refuses a plan that has no other', () => {
    const idle = { name: 'idle', weight: 1, steps: [{ kind: 'think', durationMs: 0 } as const] };
    const never = { name: 'never', weight: 0, steps: [request('GET /never')] };
    const flows = [idle, never, { name: 'f', weight: 1, steps: [request('GET /')] }];
    expect(new Set(way({ ...plan, flows }, 0, 20))).toEqual(new Set(['GET /']));
    expect(() => createItinerary({ ...plan, flows: [idle, never] }, 0)).toThrow('no flow sends a request');
  });
});
