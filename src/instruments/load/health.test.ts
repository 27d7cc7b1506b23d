import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { histogramOf } from '../../testing/sample-rounds.ts';
import { createGeneratorWatch, healthOf, parseCpuTimes, type ThreadRecord } from './health.ts';

function block(durationMs: number): void {
  const end = performance.now() + durationMs;
  while (performance.now() < end);
}

describe('the health of the generator', () => {
  it('of an idle process: little utilization, little lag', async () => {
    const watch = createGeneratorWatch();
    watch.resume();
    await sleep(300);
    watch.pause();
    const { utilization, lagP99Ms, stealShare } = healthOf([[watch.take()]]);
    expect(utilization).toBeLessThan(0.6);
    expect(lagP99Ms).toBeGreaterThanOrEqual(0);
    if (process.platform === 'linux') {
      expect(stealShare).toBeGreaterThanOrEqual(0);
      expect(stealShare).toBeLessThanOrEqual(1);
    }
  });

  it('of a process that blocks its event loop: utilization and lag show it', async () => {
    const watch = createGeneratorWatch();
    watch.resume();
    for (let i = 0; i < 6; i++) {
      block(60);
      await sleep(1);
    }
    watch.pause();
    const { utilization, lagP99Ms } = healthOf([[watch.take()]]);
    expect(utilization).toBeGreaterThan(0.8);
    expect(lagP99Ms).toBeGreaterThan(35);
  });
});

describe('the watch', () => {
  it('does not take the time between two stretches for a delay', async () => {
    const watch = createGeneratorWatch();
    for (let stretch = 0; stretch < 2; stretch++) {
      watch.resume();
      await sleep(100);
      watch.pause();
      block(300);
    }
    expect(healthOf([[watch.take()]]).lagP99Ms).toBeLessThan(200);
  });
});

describe('the health of several threads and rounds', () => {
  const record = (activeMs: number, lagMs: readonly number[] = [0], steal = 0): ThreadRecord => ({
    activeMs,
    idleMs: 100 - activeMs,
    lag: histogramOf(lagMs),
    machine: { total: 1000, steal },
  });

  it('is the utilization of the busiest thread over all rounds, not of its worst round', () => {
    const health = healthOf([
      [record(10), record(90)],
      [record(50), record(30)],
    ]);
    expect(health).toMatchObject({ threads: 2, utilization: 0.6 });
  });

  it('has the lags of all of them', () => {
    const health = healthOf([[record(0, [0, 0]), record(0, [8, 8])]]);
    expect(health.lagP99Ms).toBe(8);
    expect(
      healthOf([
        [
          record(
            0,
            Array.from({ length: 99 }, () => 0),
          ),
          record(0, [8]),
        ],
      ]).lagP95Ms,
    ).toBeLessThan(0.01);
  });

  it('counts the steal of the machine once, though each thread saw it', () => {
    expect(healthOf([[record(0, [0], 100), record(0, [0], 100)], [record(0)]]).stealShare).toBe(0.05);
  });

  it('is that of an idle one where nothing was watched', () => {
    expect(healthOf([])).toEqual({ utilization: 0, threads: 1, lagP95Ms: 0, lagP99Ms: 0 });
  });
});

describe('/proc/stat', () => {
  it('is added up without the guests, which are counted already', () => {
    const stat = 'cpu  100 10 50 800 5 1 4 30 60 6\ncpu0 1 1 1 1 1 1 1 1 1 1\nintr 5\n';
    expect(parseCpuTimes(stat)).toEqual({ total: 1000, steal: 30 });
  });

  it('tells nothing where it has no steal or is not what it should be', () => {
    expect(parseCpuTimes('cpu  1 2 3 4\n')).toBeUndefined();
    expect(parseCpuTimes('cpu  1 2 3 4 5 6 7 x\n')).toBeUndefined();
    expect(parseCpuTimes('')).toBeUndefined();
  });

  it.runIf(process.platform === 'linux')('of this machine is understood', () => {
    expect(parseCpuTimes(readFileSync('/proc/stat', 'utf8'))?.total).toBeGreaterThan(0);
  });
});
