import { expect, test } from 'vitest';
import type { QueriesArtifact } from '../model/queries.ts';
import { whatWasHeard } from './trace-pass.ts';

const heard = (connections: number, executions: number): QueriesArtifact => ({
  source: 'wire-tap',
  statements: [],
  requests: [],
  coverage: { connections, executions, unattributed: 0 },
});

test('a service that connected and said nothing has no statements', () => {
  expect(whatWasHeard(heard(1, 0), 0, 'DB')).toMatchObject({ status: 'gathered' });
});

test('a service that never connected, and one that could not be followed, are not taken for silent ones', () => {
  expect(whatWasHeard(heard(0, 0), 0, 'DB')).toMatchObject({
    status: 'missing',
    reason: expect.stringContaining('DB'),
  });
  expect(whatWasHeard(heard(2, 0), 1, 'DB')).toMatchObject({
    status: 'missing',
    reason: expect.stringContaining('read'),
  });
});

test('one connection of many that could not be followed costs its own statements only', () => {
  expect(whatWasHeard(heard(2, 5), 1, 'DB')).toMatchObject({ status: 'gathered' });
});
