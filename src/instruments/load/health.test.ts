import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createGeneratorWatch, parseCpuTimes } from './health.ts';

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
    const { utilization, lagP99Ms, stealShare } = watch.health();
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
    const { utilization, lagP99Ms } = watch.health();
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
    expect(watch.health().lagP99Ms).toBeLessThan(200);
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
