import { describe, expect, test } from 'vitest';
import { execution, plansOf, queriesOf, request, statement } from '../testing/artifacts.ts';
import { connectionChurn } from './connection-churn.ts';

const book = statement(0, 'SELECT id, title FROM books WHERE id = $1');
const measured = plansOf({ server: { version: '18.0', database: 'app', connectMs: 6 } });

function audit(opened: readonly (number | undefined)[], plans = measured) {
  const requests = opened.map((connectionsOpened) =>
    request([execution(book)], { ...(connectionsOpened !== undefined && { connectionsOpened }) }),
  );
  return connectionChurn.run({ queries: queriesOf([book], requests), plans }, connectionChurn.defaults);
}

describe('connections that requests open', () => {
  test('are counted, and cost what opening one takes', () => {
    expect(audit([1, 1, 1, 1, 1])).toMatchObject([
      {
        key: 'connection-churn|GET /orders',
        grade: 'proven',
        severity: 'medium',
        savingMs: 6,
        summary: '5 of 5 requests opened a connection to the database, which takes 6.0 ms each',
        evidence: [{ rows: [[5, 5, 5]] }, { text: expect.stringContaining('6.0 ms') }],
      },
    ]);
  });

  test('in half of the requests cost half, and several in one request are waited for together', () => {
    expect(audit([2, 0, 2, 0, 2, 0])).toMatchObject([
      { savingMs: 3, summary: expect.stringContaining('3 of 6 requests opened 6 connections') },
    ]);
  });

  test('are told without a saving where opening one was not measured', () => {
    const [finding] = audit([1, 1, 1], plansOf()) as readonly object[];
    expect(finding).not.toHaveProperty('savingMs');
  });
});

describe('a pool', () => {
  test('that grows, or replaces a connection, is not accused', () => {
    expect(audit([1, 0, 0, 0, 0])).toEqual([]);
    expect(audit([1, 1, 1, 0, 0, 0, 0])).toEqual([]);
    expect(audit([1, 1])).toEqual([]);
  });

  test('whose connections were not counted proves nothing', () => {
    expect(audit([undefined])).toMatchObject({ inconclusive: expect.stringContaining('not counted') });
  });
});
