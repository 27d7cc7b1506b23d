import { expect, test } from 'vitest';
import { execution, queriesOf, request, statement } from '../testing/artifacts.ts';
import { heldMs } from './held-time.ts';

const begin = statement(0, 'BEGIN', { kind: 'transaction' });
const read = statement(1, 'SELECT 1 FROM orders');
const savepoint = statement(2, 'ROLLBACK TO SAVEPOINT a', { kind: 'transaction' });
const rollback = statement(3, 'ROLLBACK', { kind: 'transaction' });
const statements = [begin, read, savepoint, rollback];

const held = (...executions: Parameters<typeof request>[0]) => {
  const traced = request(executions);
  return heldMs(traced, queriesOf(statements, [traced]));
};

test('a connection is held by each statement, and by a transaction as a whole', () => {
  expect(held(execution(read, { startMs: 0, durationMs: 2 }), execution(read, { startMs: 10, durationMs: 3 }))).toBe(5);
  const within = [
    execution(begin, { startMs: 5, durationMs: 1 }),
    execution(savepoint, { startMs: 10, durationMs: 1 }),
    execution(read, { startMs: 15, durationMs: 1 }),
    execution(rollback, { startMs: 24, durationMs: 1 }),
  ];
  expect(held(execution(read, { startMs: 0, durationMs: 2 }), ...within)).toBe(22);
});

test('connections that are held at the same time count each', () => {
  const [one, two] = [0, 1].map((connection) => execution(read, { startMs: 0, durationMs: 4, connection }));
  expect(one && two && held(one, two)).toBe(8);
});
