import { describe, expect, test } from 'vitest';
import { startBench } from '../started-bench.js';
import { summarise } from './summary.js';

describe('the beginning of a slice', () => {
  // 1,000 answers of 10 to 11 ms, a tenth of them in the first 50 ms.
  const even = Array.from({ length: 1000 }, (_, index) => [index / 2, 10 + (index % 100) / 100]);

  test('does not matter where it is as the rest', () => {
    const { state, change } = summarise([even, even, even]);
    expect(state).toBe('does not matter');
    expect(change).toBeCloseTo(0, 3);
  });

  test('matters where it is so slow that p95 lies in it', () => {
    const slow = even.map(([ageMs, responseMs]) => [ageMs, ageMs < 50 ? 2 * responseMs : responseMs]);
    const { state, change, ages } = summarise([slow, slow.slice(1), slow.slice(2)]);
    expect(state).toBe('matters');
    // Of a tenth that is slow half lies above: its median, 21 ms, in place of 10.95 ms.
    expect(change).toBeCloseTo(20.99 / 10.95 - 1, 1);
    // The second and third lack one and two answers of the first 10 ms.
    expect(ages.map(({ answers }) => answers)).toEqual([57, 240, 300, 900, 1500]);
  });

  test('is not told from measurements that differ too much', () => {
    const slow = even.map(([ageMs, responseMs]) => [ageMs, ageMs < 50 ? 2 * responseMs : responseMs]);
    expect(summarise([even, slow, even]).state).toBe('open');
  });
});

describe('the benchmark', () => {
  test('runs in a short form, says what it found of each service and leaves no process behind', async () => {
    const bench = startBench(new URL('bench-slices.js', import.meta.url), '--quick');
    const { status, output } = await bench.ended;
    expect(output.match(/p95 of all answers against those after 50 ms [+−]/g)).toHaveLength(3);
    expect(output).toMatch(/\| 250 ms on +\| [\d,]+ +\| [\d.]+ ms \| [\d.]+ ms \|/);
    expect(status).toBe(0);
    expect(() => process.kill(-bench.pid, 0)).toThrow('ESRCH');
  });
});
