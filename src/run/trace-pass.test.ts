import { expect, test } from 'vitest';
import type { QueriesArtifact } from '../model/queries.ts';
import { whatWasHeard } from './trace-pass.ts';

const heard = (connections: number, executions: number, unreadable = 0): QueriesArtifact => ({
  source: 'wire-tap',
  statements: [],
  requests: [],
  coverage: { connections, executions, unattributed: 0, ...(unreadable > 0 && { unreadable }) },
});

const reasonOf = (queries: QueriesArtifact) => {
  const result = whatWasHeard(queries, 'the database named by DB');
  return result.status === 'missing' ? result.reason : undefined;
};

test('silence is a reason and never a result: no connection, nothing readable, or not a word', () => {
  expect(reasonOf(heard(0, 0))).toBe('the service never connected to the database named by DB');
  expect(reasonOf(heard(2, 0, 1))).toContain('could not be read');
  expect(reasonOf(heard(1, 0))).toMatch(
    /^no statement was heard on the database named by DB, in 0 traced requests and before/,
  );
});

test('a service that was heard before, and then has everything at hand, has no statements', () => {
  expect(reasonOf({ ...heard(1, 0), coverage: { ...heard(1, 0).coverage, earlier: 3 } })).toBeUndefined();
});

test('a source that does not see connections is not taken to task for them', () => {
  expect(reasonOf({ ...heard(0, 3), source: 'server-log' })).toBeUndefined();
});

test('one connection of many that could not be followed costs its own statements only', () => {
  expect(reasonOf(heard(2, 5, 1))).toBeUndefined();
});

test('statistics in which every text is hidden tell nothing', () => {
  const coverage = { connections: 0, executions: 6, unattributed: 6 };
  expect(reasonOf({ ...heard(0, 6), source: 'pg_stat_statements', coverage })).toContain('pg_read_all_stats');
});
