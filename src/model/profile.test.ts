import { describe, expect, test } from 'vitest';
import { foldedProfile } from '../testing/sample-profile.ts';
import { frameKey, functionCosts } from './profile.ts';

const costsOf = (stacks: Readonly<Record<string, number>>, requests = 10) =>
  functionCosts({ profile: foldedProfile(stacks), requests });

describe('the costs of functions', () => {
  test('are summed over all call paths and divided by the requests, dearest first', () => {
    const costs = costsOf({
      'handle;report;clone': 600,
      'handle;orders;clone': 200,
      'handle;report': 100,
      handle: 100,
    });
    expect(costs.map(({ frame, ...cost }) => [frame.name, cost.selfUsPerRequest, cost.totalUsPerRequest])).toEqual([
      ['deepClone', 80, 80],
      ['handle', 10, 100],
      ['report', 10, 70],
      ['listOrders', 0, 20],
    ]);
    expect(costs[0]).toMatchObject({ selfShare: 0.8, totalShare: 0.8 });
  });

  test('count recursion once', () => {
    const [clone] = costsOf({ 'clone;clone;clone': 300, clone: 100, 'clone;json;clone': 100 });
    expect(clone).toMatchObject({ selfUsPerRequest: 50, totalUsPerRequest: 50, totalShare: 1 });
  });

  test('are none without requests or without time', () => {
    expect(costsOf({ report: 100 }, 0)).toEqual([]);
    expect(costsOf({ report: 0 })).toEqual([]);
    expect(costsOf({})).toEqual([]);
  });
});

test('functions are the same by name, file and line; the column and the kind do not count', () => {
  const frame = { name: 'a', file: 'b.js', line: 3, column: 1, kind: 'user' } as const;
  expect(frameKey(frame)).toBe(frameKey({ ...frame, column: 9, kind: 'dependency' }));
  expect(frameKey(frame)).not.toBe(frameKey({ ...frame, line: 4 }));
  expect(frameKey(frame)).not.toBe(frameKey({ ...frame, name: 'a\0b.js', file: '' }));
});
