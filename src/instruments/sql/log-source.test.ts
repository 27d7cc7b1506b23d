import { expect, test } from 'vitest';
import { createLogSource } from './log-source.ts';

test('the statements of a session keep the order of the log, whose times are of whole milliseconds', async () => {
  const at = new Date();
  const line = (durationMs: number, sql: string) =>
    `${at.toISOString().replace('T', ' ').replace('Z', ' UTC')} [77] LOG:  duration: ${durationMs.toFixed(3)} ms  statement: ${sql}\n`;
  const parts = [Buffer.alloc(0), Buffer.alloc(0), Buffer.from(line(0.2, 'SELECT a') + line(0.9, 'SELECT b'))];
  const source = await createLogSource({
    readNew: async () => parts.shift() ?? Buffer.alloc(0),
    aheadMs: 60_000,
    database: 'shop',
    close: async () => {},
  });
  const meta = { flow: 'read', step: 0, endpoint: 'read', method: 'GET', url: '/' };
  await source.record(meta, async () => ({ status: 200 }), new AbortController().signal);
  const { requests, statements } = source.artifact();
  await source.close();
  const executions = requests[0]?.executions ?? [];
  expect(executions.map(({ statement }) => statements[statement]?.normalized)).toEqual(['SELECT a', 'SELECT b']);
  expect(executions.map(({ startMs, durationMs }) => [startMs, durationMs])).toEqual([
    [0, 0.2],
    [0.2, 0.9],
  ]);
});
