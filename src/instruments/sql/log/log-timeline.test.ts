import { describe, expect, it } from 'vitest';
import { createLogTimeline } from './log-timeline.ts';

const start = Date.UTC(2026, 0, 1);

describe('createLogTimeline', () => {
  it('counts in seconds at first, and in minutes where there is more to show', () => {
    const timeline = createLogTimeline();
    for (let second = 0; second < 100; second++) timeline.add(start + second * 1000 + 7, 2, second === 3);
    expect(timeline.result().timeline).toMatchObject({ widthMs: 1000, buckets: { length: 100 } });
    for (let minute = 0; minute < 60; minute++) timeline.add(start + minute * 60_000, 1, false);
    const { timeline: wide } = timeline.result();
    expect(wide?.widthMs).toBe(60_000);
    expect(wide?.buckets).toHaveLength(60);
    expect(wide?.buckets[0]).toEqual({ startAt: start, statements: 61, totalMs: 121, errors: 1 });
    expect(wide?.buckets[1]).toEqual({ startAt: start + 60_000, statements: 41, totalMs: 81, errors: 0 });
  });

  it('keeps a bounded number of buckets over years, in any order of times', () => {
    const timeline = createLogTimeline();
    for (let day = 3650; day >= 0; day--) timeline.add(start + day * 86_400_000, 1, false);
    const buckets = timeline.result().timeline?.buckets ?? [];
    expect(buckets.length).toBeLessThanOrEqual(240);
    expect(buckets.reduce((sum, { statements }) => sum + statements, 0)).toBe(3651);
    expect(buckets.map(({ startAt }) => startAt)).toEqual(buckets.map(({ startAt }) => startAt).sort((a, b) => a - b));
  });

  it('has nothing to show without times', () => {
    expect(createLogTimeline().result()).toEqual({});
  });
});
