import { expect, test } from 'vitest';
import type { ComparedMetric } from '../model/comparison.ts';
import { changeOf } from '../testing/sample-change.ts';
import { causesInPayload } from './cause-payload.ts';

const bytes = (before: number, after: number): ComparedMetric => ({
  ...{
    name: 'bytes',
    endpoint: 'GET /orders',
    unit: 'B/req',
    better: 'lower',
    before,
    after,
    change: after / before - 1,
  },
  ...{ interval: [0, 0], p: 0.01, resolution: 0.01, rounds: 8, verdict: 'REGRESSED', gates: false },
});

const summaries = (before: number, after: number, direction: 1 | -1 = 1) =>
  causesInPayload({ ...changeOf({}, {}, direction), metrics: [bytes(before, after)] }).map(({ summary }) => summary);

test('responses that grew explain a slower endpoint, those that shrank a faster one', () => {
  expect(summaries(12_000, 480_000)).toEqual(['responses grew: 12 → 480 kB']);
  expect(summaries(480_000, 12_000, -1)).toEqual(['responses shrank: 480 → 12 kB']);
  expect(summaries(480_000, 12_000, 1)).toEqual([]);
});

test('less than a kilobyte, or less than a tenth, explains nothing', () => {
  expect(summaries(100, 1099)).toEqual([]);
  expect(summaries(100, 1100)).toHaveLength(1);
  expect(summaries(100_000, 109_000)).toEqual([]);
  expect(causesInPayload(changeOf({}, {}))).toEqual([]);
});
