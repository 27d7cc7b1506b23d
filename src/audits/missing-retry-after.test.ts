import { expect, test } from 'vitest';
import type { FailureMode, RefusalSamples } from '../model/capacity.ts';
import { overload } from '../testing/sample-capacity.ts';
import { missingRetryAfter } from './missing-retry-after.ts';

const sheds: FailureMode = { kind: 'sheds', summary: 'It refuses 33 %.', evidence: [] };
const queues: FailureMode = { kind: 'queues', summary: 'It lets them wait.', evidence: [] };

const refusals = (refused: number, withRetryAfter: number, withoutRetryAfter = {}): RefusalSamples => ({
  seen: 9,
  refused,
  withRetryAfter,
  withoutRetryAfter,
});

const audit = (seen: RefusalSamples, failureMode = sheds) =>
  missingRetryAfter.run({ capacity: { overload: overload({ refusals: seen }), failureMode } }, {});

test('refusals without it are found, with their statuses', () => {
  expect(audit(refusals(4, 1, { 429: 1, 503: 2 }))).toEqual([
    {
      key: 'missing-retry-after',
      audit: 'missing-retry-after',
      severity: 'low',
      grade: 'proven',
      summary: 'Of 4 refusals looked at 3 had no Retry-After (1 × 429, 2 × 503).',
      evidence: [],
    },
  ]);
});

test('one of many is enough', () => {
  expect(audit(refusals(9, 8, { 503: 1 }))).toMatchObject([
    { summary: expect.stringContaining('1 had no Retry-After') },
  ]);
});

test('refusals that all have it pass', () => {
  expect(audit(refusals(4, 4))).toEqual([]);
});

test('a service that refuses nothing has none to be without it', () => {
  expect(audit(refusals(0, 0), queues)).toEqual([]);
});

test('refusals of which none was looked at prove nothing', () => {
  expect(audit(refusals(0, 0))).toEqual({
    inconclusive: 'it refuses requests, but none of those that were looked at one by one',
  });
});

test('without an overload nothing is known', () => {
  const failureMode: FailureMode = { kind: 'not-established', summary: 'No knee is known.', evidence: [] };
  expect(missingRetryAfter.run({ capacity: { failureMode } }, {})).toEqual({ inconclusive: 'No knee is known.' });
});
