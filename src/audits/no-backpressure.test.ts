import { expect, test } from 'vitest';
import type { FailureMode, FailureModeKind } from '../model/capacity.ts';
import { overload } from '../testing/sample-capacity.ts';
import { noBackpressure } from './no-backpressure.ts';

const audit = (kind: FailureModeKind, more: Partial<FailureMode> = {}) =>
  noBackpressure.run(
    {
      capacity: {
        overload: overload(),
        failureMode: { kind, recovers: true, summary: 'It waits.', evidence: ['a'], ...more },
      },
    },
    {},
  );

test.each<[FailureModeKind, string]>([
  ['queues', 'medium'],
  ['times-out', 'high'],
  ['collapses', 'high'],
  ['crashes', 'high'],
])('a service that %s has none', (kind, severity) => {
  expect(audit(kind)).toEqual([
    {
      key: 'no-backpressure',
      audit: 'no-backpressure',
      severity,
      grade: 'proven',
      summary: 'It waits.',
      evidence: [{ kind: 'text', text: 'a' }],
    },
  ]);
});

test('that it does not come back makes it worse', () => {
  expect(audit('queues', { recovers: false })).toMatchObject([{ severity: 'high' }]);
});

test('one that sheds has it', () => {
  expect(audit('sheds')).toEqual([]);
});

test.each<FailureModeKind>(['absorbs', 'errors', 'not-established'])('of one that %s nothing is known', (kind) => {
  expect(audit(kind)).toEqual({ inconclusive: 'It waits.' });
});
