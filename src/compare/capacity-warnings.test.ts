import { expect, it } from 'vitest';
import { capacityStep } from '../testing/sample-capacity.ts';
import { capacityWarnings } from './capacity-warnings.ts';

const quiet = capacityStep();
const warn = (more: Parameters<typeof capacityStep>[0], insecure = false) =>
  capacityWarnings([capacityStep(more)], 2, insecure);

it('a quiet machine gives no doubt', () => {
  expect(warn({})).toEqual([]);
});

it('what other programs used is told, unless a part of it may be a database that cannot be seen', () => {
  const usage = { ...quiet.usage, machine: 0.5 };
  expect(warn({ usage })).toEqual([expect.stringContaining('other programs used 0.9 cores')]);
  const sessions = { samples: 10, connected: 1, active: 1, waitingForLocks: 0 };
  expect(warn({ usage: { ...usage, sessions } })).toEqual([]);
  expect(warn({ usage: { ...usage, sessions, databaseCores: 0.1 } })).toHaveLength(1);
});

it('stolen time, a late generator, scarce answers and an unverified certificate are told', () => {
  const generator = { utilization: 0.1, threads: 1, lagP95Ms: 4, lagP99Ms: 5, stealShare: 0.2 };
  const texts = warn({ generator, answered: 12 }, true).join('\n');
  for (const text of ['20 % of the machine', '4 ms late', 'fewer than 30 answers', 'not verified']) {
    expect(texts).toContain(text);
  }
});

it('a lag that is small beside the response times is no matter', () => {
  const generator = { utilization: 0.1, threads: 1, lagP95Ms: 4, lagP99Ms: 5 };
  expect(warn({ generator, p50Ms: 100 })).toEqual([]);
});
