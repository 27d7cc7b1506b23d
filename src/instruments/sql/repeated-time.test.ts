import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { repeatWarm } from './repeated-time.ts';

const repeats = { atLeast: 3, forMs: 0, atMost: 3, atMostMs: 60_000 };

test('the runs of the warm-up are left out: one, or as many as its time takes', async () => {
  let runs = 0;
  const count = async () => ++runs;
  expect(await repeatWarm(count, repeats)).toEqual([2, 3, 4]);

  runs = 0;
  const slow = async () => {
    await delay(20);
    return count();
  };
  const [first = 0, ...others] = await repeatWarm(slow, { ...repeats, warmMs: 90 });
  expect(first).toBeGreaterThan(2);
  expect(others).toEqual([first + 1, first + 2]);
});

test('one run counts, however little time is left', async () => {
  let runs = 0;
  expect(await repeatWarm(async () => ++runs, { ...repeats, atMostMs: 0 })).toEqual([2]);
});
