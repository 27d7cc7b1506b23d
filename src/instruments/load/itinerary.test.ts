import { describe, expect, it } from 'vitest';
import { request } from '../../testing/sample-load.ts';
import { createItinerary, type ItineraryPlan } from './itinerary.ts';

const plan: ItineraryPlan = {
  url: 'http://127.0.0.1:8080',
  headers: {},
  seed: 1,
  timeoutMs: 1000,
  data: [{ as: 'id', order: 'random', values: { kind: 'range', from: 1, to: 1000 } }],
  flows: [
    { name: 'browse', weight: 4, steps: [request('GET /list'), request('GET /items/{{ id }}')] },
    { name: 'buy', weight: 1, steps: [request('GET /buy/{{ id }}'), request('POST /buy/{{ id }}')] },
  ],
};

/** The steps of the first walks, one list each. */
function walks(of: ItineraryPlan, count: number): string[][] {
  const itinerary = createItinerary(of);
  return Array.from({ length: count }, () => {
    const walk = itinerary.next();
    return (walk?.steps ?? []).map((step) =>
      step.kind === 'think'
        ? `think ${step.durationMs}`
        : `${step.step.method} ${step.render(walk?.values ?? {}).path}`,
    );
  });
}

const flowOf = ([first = '']: readonly string[] = []) => (first.startsWith('GET /buy') ? 'buy' : 'browse');

describe('the sequence of walks', () => {
  it('is the same for the same seed, and another for others', () => {
    expect(walks(plan, 50)).toEqual(walks(plan, 50));
    expect(walks(plan, 50)).not.toEqual(walks({ ...plan, seed: 2 }, 50));
  });

  it('gives the steps of a walk one set of data', () => {
    const buys = walks(plan, 100).filter((walk) => flowOf(walk) === 'buy');
    expect(buys.length).toBeGreaterThan(15);
    for (const [get, post] of buys) expect(post).toBe(get?.replace('GET', 'POST'));
    expect(new Set(buys.map(([get]) => get)).size).toBeGreaterThan(10);
  });

  it('keeps the weights from the beginning', () => {
    for (const length of [10, 50, 200]) {
      const buys = walks(plan, length).filter((walk) => flowOf(walk) === 'buy').length;
      expect(Math.abs(buys - length / 5)).toBeLessThanOrEqual(2);
    }
  });

  it('stops to think where the flow says so', () => {
    const flows = [{ name: 'f', weight: 1, steps: [request('GET /'), { kind: 'think', durationMs: 9 } as const] }];
    expect(walks({ ...plan, flows }, 2)).toEqual([
      ['GET /', 'think 9'],
      ['GET /', 'think 9'],
    ]);
  });

  it('never enters a flow without requests or weight, and refuses a plan that has no other', () => {
    const idle = { name: 'idle', weight: 1, steps: [{ kind: 'think', durationMs: 0 } as const] };
    const never = { name: 'never', weight: 0, steps: [request('GET /never')] };
    const flows = [idle, never, { name: 'f', weight: 1, steps: [request('GET /')] }];
    expect(new Set(walks({ ...plan, flows }, 20).flat())).toEqual(new Set(['GET /']));
    expect(() => createItinerary({ ...plan, flows: [idle, never] })).toThrow('no flow sends a request');
  });

  it('brings what was captured before the load, and cookies, into every walk', () => {
    const flows = [{ name: 'f', weight: 1, steps: [request('GET /{{ token }}')] }];
    const start = { values: { token: 't1' }, cookies: ['session=s1'] };
    const itinerary = createItinerary({ ...plan, flows, start });
    const [first, second] = [itinerary.next(), itinerary.next()];
    expect([first?.values.token, second?.values.token]).toEqual(['t1', 't1']);
    expect([first?.cookies.header('/'), second?.cookies.header('/')]).toEqual(['session=s1', 'session=s1']);
  });

  it('fills in what only the headers of the variant use', () => {
    const flows = [{ name: 'f', weight: 1, steps: [request('GET /')] }];
    const walk = createItinerary({ ...plan, flows, headers: { 'x-user': '{{ id }}' } }).next();
    expect(walk?.values.id).toMatch(/^\d+$/);
  });

  it('takes rows only of the sources that a flow uses, and ends when a unique one has no row left', () => {
    const values = { kind: 'range', from: 1, to: 2 } as const;
    const flows = [
      { name: 'uses', weight: 1, steps: [request('GET /{{ code }}')] },
      { name: 'uses none', weight: 1, steps: [request('GET /')] },
    ];
    const itinerary = createItinerary({ ...plan, flows, data: [{ as: 'code', order: 'unique', values }] });
    const codes: string[] = [];
    for (let walk = itinerary.next(); walk; walk = itinerary.next()) codes.push(walk.values.code ?? '-');
    expect(codes.filter((code) => code !== '-')).toEqual(['1', '2']);
    expect(codes.length).toBeGreaterThanOrEqual(3);
    expect(itinerary.exhausted()).toBe('code');
    expect(itinerary.usedRows()).toEqual({ code: 2 });
  });
});
