import { expect, it } from 'vitest';
import type { FailureModeKind } from '../model/capacity.ts';
import { overload } from '../testing/sample-capacity.ts';
import { capacityFindings } from './capacity-findings.ts';

const mode = (kind: FailureModeKind, recovers = true) => ({ kind, recovers, summary: 'It waits.', evidence: ['a'] });
const auditsOf = (kind: FailureModeKind) => capacityFindings(overload(), mode(kind)).map(({ audit }) => audit);

it.each<FailureModeKind>(['queues', 'times-out', 'collapses', 'crashes'])(
  'a service that %s has no backpressure',
  (kind) => {
    expect(auditsOf(kind)).toEqual(['no-backpressure']);
  },
);

it.each<FailureModeKind>(['sheds', 'absorbs', 'errors', 'not-established'])(
  'one that %s is not accused of it',
  (kind) => {
    expect(auditsOf(kind)).toEqual([]);
  },
);

it('that it does not recover makes it worse', () => {
  expect(capacityFindings(overload(), mode('queues'))[0]?.severity).toBe('medium');
  expect(capacityFindings(overload(), mode('queues', false))[0]?.severity).toBe('high');
});

it('refusals without Retry-After are found, those with it are not', () => {
  const refusing = (withRetryAfter: number) =>
    capacityFindings(
      overload({ refusals: { seen: 9, refused: 4, withRetryAfter, withoutRetryAfter: { 503: 4 - withRetryAfter } } }),
      mode('sheds'),
    );
  expect(refusing(4)).toEqual([]);
  expect(refusing(1)).toMatchObject([
    { audit: 'missing-retry-after', summary: 'Of 4 refusals looked at 3 had no Retry-After (3 × 503).' },
  ]);
});

it('without an overload nothing is found', () => {
  expect(capacityFindings(undefined, mode('not-established'))).toEqual([]);
});
