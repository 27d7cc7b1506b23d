import { expect, test } from 'vitest';
import type { Finding } from '../model/finding.ts';
import { endpointRound, histogramOf, loadArtifact, loadRound } from '../testing/sample-rounds.ts';
import { boundedSaving } from './bounded-saving.ts';

const found: Finding = {
  key: 'n-plus-one|GET /a|f',
  audit: 'n-plus-one',
  endpoint: 'GET /a',
  severity: 'high',
  grade: 'proven',
  summary: '40 statements',
  savingMs: 60,
  evidence: [],
};

// Two rounds of 3 requests: the mean of all is (3 × 10 + 1 × 4) / 4 ms.
const load = loadArtifact({
  rounds: [
    loadRound({ endpoints: { 'GET /a': endpointRound({ responseTime: histogramOf([10, 10, 10]) }) } }),
    loadRound({ endpoints: { 'GET /a': endpointRound({ responseTime: histogramOf([4]) }) } }),
  ],
});

test('no more is saved than a whole request took, on the mean over all rounds, and the finding says why', () => {
  const bounded = boundedSaving(found, load);
  expect(bounded).toMatchObject({ savingMs: 8.5, severity: 'medium', grade: 'proven' });
  expect(bounded.evidence).toEqual([{ kind: 'text', text: expect.stringContaining('8.50 ms on the mean') }]);
});

test.each([
  ['that is less than a request', { savingMs: 8.4 }],
  ['of an endpoint that was not measured', { endpoint: 'GET /b' }],
  ['of no endpoint', { endpoint: undefined }],
  ['that is not known', { savingMs: undefined }],
  ['of a wait for a connection', { audit: 'pool-exhausted' }],
])('a saving %s is left as it is', (_, more) => {
  const { endpoint, savingMs, ...rest } = { ...found, ...more };
  const finding: Finding = {
    ...rest,
    ...(endpoint !== undefined && { endpoint }),
    ...(savingMs !== undefined && { savingMs }),
  };
  expect(boundedSaving(finding, load)).toBe(finding);
});

test('a mean that holds failed answers bounds nothing', () => {
  const some = endpointRound({ failed: 2, responseTime: histogramOf(Array.from({ length: 100 }, () => 1)) });
  const few = endpointRound({ failed: 1, responseTime: histogramOf(Array.from({ length: 100 }, () => 1)) });
  const of = (round: typeof some) => loadArtifact({ rounds: [loadRound({ endpoints: { 'GET /a': round } })] });
  expect(boundedSaving(found, of(some))).toBe(found);
  expect(boundedSaving(found, of(few)).savingMs).toBe(1);
});
