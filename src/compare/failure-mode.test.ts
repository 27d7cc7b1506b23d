import { expect, it } from 'vitest';
import { overload, poolKnee } from '../testing/sample-capacity.ts';
import { failureModeOf } from './failure-mode.ts';

const kindOf = (more: Parameters<typeof overload>[0]) => failureModeOf(overload(more), poolKnee).kind;
const counts = overload().counts;
const steady = [0, 1, 2, 3, 4].map((second) => ({ second, answered: 200, unsuccessful: 0, p50Ms: 25 }));

it('queues where it takes everything and lets it wait longer and longer', () => {
  const mode = failureModeOf(overload(), poolKnee);
  expect(mode).toMatchObject({ kind: 'queues', recovers: true });
  expect(mode.summary).toContain('from 200 ms to 1800 ms');
});

it('sheds where it refuses with 429 or 503 and does the rest', () => {
  const refused = { counts: { ...counts, failed: 500 }, statuses: { 200: 1000, 503: 500 }, seconds: steady };
  const mode = failureModeOf(overload(refused), poolKnee);
  expect(mode).toMatchObject({ kind: 'sheds', summary: 'It refuses 33 % with 503, and goes on with the rest.' });
});

it('fails with errors where they are no refusals', () => {
  expect(kindOf({ counts: { ...counts, failed: 500 }, statuses: { 200: 1000, 500: 500 } })).toBe('errors');
  expect(kindOf({ counts: { ...counts, answered: 1000, lost: 500 }, statuses: { 200: 1000 } })).toBe('errors');
});

it('times out where requests wait until they are given up', () => {
  expect(kindOf({ counts: { ...counts, answered: 1000, timedOut: 300, unsent: 200 } })).toBe('times-out');
});

it('collapses where it gets much less done than at the knee, whatever else is seen', () => {
  expect(kindOf({ goodputPerS: 139 })).toBe('collapses');
  expect(kindOf({ goodputPerS: 141 })).toBe('queues');
  expect(kindOf({ goodputPerS: 20, counts: { ...counts, failed: 1400 }, statuses: { 503: 1400 } })).toBe('collapses');
});

it('crashes where it ended by itself', () => {
  const { recovery, ...gone } = overload({ died: 'exit code 3' });
  expect(recovery).toBeDefined();
  const mode = failureModeOf(gone, poolKnee);
  expect(mode).toMatchObject({ kind: 'crashes', summary: expect.stringContaining('exit code 3') });
  expect(mode.recovers).toBeUndefined();
});

it('absorbs where it did all that was offered', () => {
  expect(kindOf({ goodputPerS: 298, seconds: steady })).toBe('absorbs');
});

it('does not recover where it is slow or fails at half the load afterwards', () => {
  const after = (goodputPerS: number, p95Ms: number) =>
    failureModeOf(overload({ recovery: { offeredPerS: 100, goodputPerS, p95Ms } }), poolKnee).recovers;
  expect(after(99, 60)).toBe(true);
  expect(after(99, 400)).toBe(false);
  expect(after(70, 20)).toBe(false);
});

it('is not established where nothing is seen, the generator was the limit, or there is no knee', () => {
  expect(kindOf({ seconds: steady })).toBe('not-established');
  expect(kindOf({ generator: { utilization: 0.95, threads: 1, lagP95Ms: 0, lagP99Ms: 0 } })).toBe('not-established');
  expect(failureModeOf(undefined, undefined).kind).toBe('not-established');
});
