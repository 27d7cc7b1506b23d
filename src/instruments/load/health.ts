import { readFileSync } from 'node:fs';
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import type { GeneratorHealth } from '../../model/load.ts';
import { createHistogram } from '../../stats/histogram.ts';

/** Period of the timer whose lateness is the lag. */
const periodMs = 10;
/** libuv's clock ticks in whole milliseconds: a timer of an idle loop is up to this late by itself. */
const granularityMs = 1;

/** Watches this process and its machine between `resume` and `pause`, over as many such stretches as there are. */
export interface GeneratorWatch {
  resume(): void;
  pause(): void;
  /** Over all stretches together. */
  health(): GeneratorHealth;
}

export function createGeneratorWatch(): GeneratorWatch {
  const lagUs = createHistogram();
  const loop = { activeMs: 0, idleMs: 0 };
  const machine = { total: 0, steal: 0 };
  let timer: NodeJS.Timeout | undefined;
  let begun: { loop: EventLoopUtilization; cpu: CpuTimes | undefined } | undefined;
  return {
    resume() {
      begun = { loop: performance.eventLoopUtilization(), cpu: readCpuTimes() };
      timer = everyPeriod((lateMs) => lagUs.record(Math.max(0, lateMs - granularityMs) * 1000));
    },
    pause() {
      if (!begun) return;
      clearInterval(timer);
      const { active, idle } = performance.eventLoopUtilization(begun.loop);
      loop.activeMs += active;
      loop.idleMs += idle;
      const now = readCpuTimes();
      machine.total += (now?.total ?? 0) - (begun.cpu?.total ?? 0);
      machine.steal += (now?.steal ?? 0) - (begun.cpu?.steal ?? 0);
      begun = undefined;
    },
    health() {
      const watchedMs = loop.activeMs + loop.idleMs;
      return {
        utilization: watchedMs > 0 ? loop.activeMs / watchedMs : 0,
        lagP95Ms: (lagUs.quantile(0.95) ?? 0) / 1000,
        lagP99Ms: (lagUs.quantile(0.99) ?? 0) / 1000,
        ...(machine.total > 0 && { stealShare: machine.steal / machine.total }),
      };
    },
  };
}

/**
 * Tells how late each tick of a timer was. perf_hooks has such a histogram, but it takes the time for which it was
 * disabled for one long delay.
 */
function everyPeriod(late: (lateMs: number) => void): NodeJS.Timeout {
  let last = performance.now();
  return setInterval(() => {
    const now = performance.now();
    late(now - last - periodMs);
    last = now;
  }, periodMs).unref();
}

interface CpuTimes {
  readonly total: number;
  readonly steal: number;
}

function readCpuTimes(): CpuTimes | undefined {
  let text: string;
  try {
    text = readFileSync('/proc/stat', 'utf8');
  } catch {
    // Only Linux has it, and not every container shows it: then steal is unknown.
    return undefined;
  }
  return parseCpuTimes(text);
}

/** Reads the machine's line of `/proc/stat` (https://man7.org/linux/man-pages/man5/proc_stat.5.html), in ticks. */
export function parseCpuTimes(stat: string): CpuTimes | undefined {
  const fields = /^cpu +(.+)$/m.exec(stat)?.[1]?.trim().split(/ +/).map(Number);
  // user nice system idle iowait irq softirq steal; the guest times that follow are contained in user and nice.
  const times = fields?.slice(0, 8) ?? [];
  const steal = times[7];
  if (steal === undefined || times.some(Number.isNaN)) return undefined;
  return { total: times.reduce((sum, time) => sum + time, 0), steal };
}
