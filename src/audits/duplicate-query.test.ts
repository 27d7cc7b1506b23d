import { describe, expect, test } from 'vitest';
import type { Execution, TracedRequest } from '../model/queries.ts';
import {
  analyzed,
  type ExecutionShape,
  execution,
  plansOf,
  queriesOf,
  request,
  statement,
} from '../testing/artifacts.ts';
import { duplicateQuery } from './duplicate-query.ts';
import { nPlusOne } from './n-plus-one.ts';

const accounts = statement(0, 'SELECT id, plan FROM accounts WHERE id = $1');
const locked = statement(1, 'SELECT id FROM jobs WHERE state = $1 LIMIT $2 FOR UPDATE SKIP LOCKED');
const ping = statement(2, 'SELECT $1');
const types = statement(3, 'SELECT oid FROM pg_type WHERE typname = $1');
const rename = statement(4, 'UPDATE accounts SET name = $1', { kind: 'update', tables: ['accounts'] });
const log = statement(5, 'INSERT INTO visits VALUES ($1)', { kind: 'insert', tables: ['visits'] });
const call = statement(6, 'CALL refresh()', { kind: 'utility' });
const setting = statement(7, 'SET search_path TO shop', { kind: 'utility' });
const statements = [accounts, locked, ping, types, rename, log, call, setting];

const account = (id: number, more: ExecutionShape = {}) =>
  execution(accounts, { parameters: [id], columns: { id: [id], plan: ['team'] }, ...more });

function audit(requests: readonly TracedRequest[], plans = plansOf(), minRepeats = 2) {
  return duplicateQuery.run({ queries: queriesOf(statements, requests), plans }, { minRepeats });
}

function findingsOf(executions: readonly Execution[], plans = plansOf(), minRepeats = 2) {
  const result = audit([request(executions)], plans, minRepeats);
  if ('inconclusive' in result) throw new Error(result.inconclusive);
  return result;
}

const measured = plansOf({ statements: [analyzed(accounts, { roundTripMs: 0.5 })] });

describe('a question that is asked again', () => {
  test('is proven by equal values and equal rows', () => {
    expect(findingsOf([account(7), account(7), account(7)], measured)).toMatchObject([
      {
        key: `duplicate-query|GET /orders|${accounts.fingerprint}`,
        grade: 'proven',
        severity: 'medium',
        summary: 'the same statement on accounts runs 3 times per request and gives the same rows',
        savingMs: 1,
        evidence: [
          { label: 'runs 3 times where once would do (seen in 1 of 1 requests)', calls: 3, totalMs: 1.5 },
          { kind: 'text' },
        ],
      },
    ]);
  });

  test('is found at the second time, or as often as wanted', () => {
    expect(findingsOf([account(7)])).toEqual([]);
    expect(findingsOf([account(7), account(7)])).toHaveLength(1);
    expect(findingsOf([account(7), account(7)], measured, 3)).toEqual([]);
  });

  test('about several things counts them all', () => {
    const [finding] = findingsOf(
      [7, 8, 7, 8, 7, 9].map((id) => account(id)),
      measured,
    );
    expect(finding).toMatchObject({
      summary: '5 statements per request on accounts ask only 2 different things',
      savingMs: 1.5,
    });
  });

  test('all at once saves no time that was waited, though it is wasted', () => {
    const atOnce = [0, 1].map((connection) => account(7, { startMs: 5, durationMs: 2, connection }));
    expect(findingsOf(atOnce, measured)).toMatchObject([{ grade: 'proven', savingMs: 0, severity: 'low' }]);
  });

  test('in one of four requests saves a quarter', () => {
    const twice = request([account(7), account(7)]);
    const once = request([account(7)]);
    expect(audit([twice, once, once, once], measured)).toMatchObject([{ savingMs: 0.125 }]);
  });

  test('inside and outside of a transaction is likely: it may be a check under a lock', () => {
    const [finding] = findingsOf([account(7), account(7, { inTransaction: true })]);
    expect(finding?.grade).toBe('likely');
    expect(finding?.evidence.at(-1)).toMatchObject({ text: expect.stringContaining('check under a lock') });
  });

  test('after a write to another table is still a repeat', () => {
    expect(findingsOf([account(7), execution(log), execution(setting), account(7)])).toHaveLength(1);
  });
});

describe('no repeat is', () => {
  test.each<[string, readonly Execution[]]>([
    ['another value', [account(7), account(8)]],
    ['the same value with another result', [account(7), account(7, { resultHash: 'changed' })]],
    ['a read after a write to its table', [account(7), execution(rename), account(7)]],
    ['a read after a procedure, which may write anything', [account(7), execution(call), account(7)]],
    ['a retry after an error', [account(7, { error: '40001' }), account(7)]],
    ['a statement that locks', [execution(locked), execution(locked)]],
    ['a statement without a table', [execution(ping), execution(ping)]],
    ['a lookup in the catalogue', [execution(types), execution(types)]],
    ['a write', [execution(log), execution(log)]],
  ])('%s', (_, executions) => {
    expect(findingsOf(executions)).toEqual([]);
  });

  test('the same question in two requests', () => {
    expect(audit([request([account(7)]), request([account(7)])])).toEqual([]);
  });
});

test('a loop over rows that share a parent is told once: by n-plus-one from five values on, by this one below', () => {
  const both = (executions: readonly Execution[]) => {
    const artifacts = { queries: queriesOf(statements, [request(executions)]), plans: plansOf() };
    return [nPlusOne.run(artifacts, nPlusOne.defaults), duplicateQuery.run(artifacts, duplicateQuery.defaults)];
  };
  const rows = Array.from({ length: 100 }, (_, row) => row);
  expect(both(rows.map((row) => account(row % 20)))).toMatchObject([[{ audit: 'n-plus-one' }], []]);
  expect(both(rows.map((row) => account(row % 4)))).toMatchObject([[], [{ audit: 'duplicate-query' }]]);
});

test('nothing traced, or only errors, proves nothing', () => {
  expect(audit([])).toHaveProperty('inconclusive');
  expect(audit([request([account(7), account(7)], { status: 503 })])).toHaveProperty('inconclusive');
});
