import { describe, expect, test } from 'vitest';
import type { WriteTrial } from '../model/plan-trials.ts';
import type { Execution, TracedRequest } from '../model/queries.ts';
import { type ExecutionShape, execution, plansOf, queriesOf, request, statement } from '../testing/artifacts.ts';
import { writeLoop } from './write-loop.ts';

const orders = statement(0, 'SELECT id, price FROM orders');
const update = statement(1, 'UPDATE orders SET price = $1 WHERE id = $2', { kind: 'update', tables: ['orders'] });
const statements = [orders, update];
const ids = [40, 7, 23, 91, 5, 66];

const write = (id: number, more: ExecutionShape = {}) =>
  execution(update, { parameters: [id * 10, id], rows: 1, inTransaction: true, ...more });
const loop = ids.map((id) => write(id));
const tried: WriteTrial = {
  ...{ status: 'tried', fingerprint: update.fingerprint, sql: 'UPDATE …', repeats: 3, where: 'scratch-copy' },
  ...{ loopMs: 6, batchedMs: 1.5, runs: 5, sameRows: true },
};

function audit(requests: readonly TracedRequest[], writes: readonly WriteTrial[] = [], minRepeats = 5) {
  return writeLoop.run({ queries: queriesOf(statements, requests), plans: plansOf({ writes }) }, { minRepeats });
}

function findingsOf(executions: readonly Execution[], writes: readonly WriteTrial[] = []) {
  const result = audit([request(executions)], writes);
  if ('inconclusive' in result) throw new Error(result.inconclusive);
  return result;
}

describe('rows that are written one by one', () => {
  test('are proven where one statement left the same rows, with the saving for as many as there are', () => {
    expect(findingsOf(loop, [tried])).toMatchObject([
      {
        key: `write-loop|GET /orders|${update.fingerprint}`,
        grade: 'proven',
        severity: 'medium',
        summary: '6 UPDATEs per request on orders, one row each',
        savingMs: 9,
        evidence: [
          { kind: 'statement', label: 'runs 6 times in one request (seen in 1 of 1 requests)', calls: 6 },
          { kind: 'fix', text: 'UPDATE …' },
          { kind: 'measurement', label: '3 statements → 1', beforeMs: 6, afterMs: 1.5 },
        ],
      },
    ]);
  });

  test('are likely, and save what nobody knows, where nothing was run', () => {
    const { fingerprint } = update;
    const [untried] = findingsOf(loop, [{ status: 'untried', fingerprint, sql: 'UPDATE …', reason: 'no copy' }]);
    expect(untried).toMatchObject({ grade: 'likely', evidence: [{}, { label: expect.stringContaining('no copy') }] });
    expect(untried).not.toHaveProperty('savingMs');
    const [none] = findingsOf(loop, [{ status: 'none', fingerprint, reason: 'it writes some rows twice' }]);
    expect(none?.evidence.at(-1)).toMatchObject({
      text: 'No single statement was written: it writes some rows twice.',
    });
    const [other] = findingsOf(loop, [{ ...tried, sameRows: false }]);
    expect(other).toMatchObject({ grade: 'likely', evidence: [{}, { text: expect.stringContaining('by hand') }] });
    expect(other).not.toHaveProperty('savingMs');
    expect(findingsOf(loop)[0]?.grade).toBe('likely');
  });

  test('name the rows that they were written for', () => {
    const rows = execution(orders, { columns: { id: ids, price: ids.map((id) => id * 2) } });
    expect(findingsOf([rows, ...loop])[0]?.evidence[1]).toMatchObject({
      label: expect.stringContaining('its column "id" holds the loop\'s parameters'),
    });
  });

  test('and committed one by one are told that one statement writes all or none', () => {
    const committed = findingsOf(ids.map((id) => write(id, { inTransaction: false })));
    expect(committed[0]?.evidence[1]).toMatchObject({ text: expect.stringContaining('all or none') });
  });

  test('save half where one of two requests writes them', () => {
    expect(audit([request(loop), request([])], [tried])).toMatchObject([{ savingMs: 4.5 }]);
  });

  test('begin at five', () => {
    expect(findingsOf(loop.slice(0, 5))).toHaveLength(1);
    expect(findingsOf(loop.slice(0, 4))).toEqual([]);
    expect(audit([request(loop.slice(0, 4))], [], 4)).toHaveLength(1);
  });
});

test('reads, and the same write again, are no loop of writes', () => {
  expect(findingsOf(ids.map(() => write(5)))).toEqual([]);
  expect(findingsOf(ids.map((id) => execution(orders, { parameters: [id] })))).toEqual([]);
});

test('nothing traced proves nothing', () => {
  expect(audit([])).toHaveProperty('inconclusive');
});
