import { readFileSync } from 'node:fs';
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import type { GeneratorHealth, StoredHistogram } from '../../model/load.ts';
import { createHistogram, mergeStored, quantileOfStored } from '../../stats/histogram.ts';

/** Period of the timer whose lateness is the lag. */
const periodMs = 10;
/** libuv's clock ticks in whole milliseconds: a timer of an idle loop is up to this late by itself. */
const granularityMs = 1;

/** What was seen of one thread; plain data. */
export interface ThreadRecord {
  readonly activeMs: number;
  readonly idleMs: number;
  /** How late its event loop was. */
  readonly lag: StoredHistogram;
  /** Of the whole machine, in ticks; 0 where the system does not tell. */
  readonly machine: CpuTimes;
}

/** Watches this thread and its machine between `resume` and `pause`, over as many such stretches as there are. */
export interface GeneratorWatch {
  resume(): void;
  pause(): void;
  /** Over all stretches since the last call. */
  take(): ThreadRecord;
}

export function createGeneratorWatch(): GeneratorWatch {
  const lagUs = createHistogram();
  let loop = { activeMs: 0, idleMs: 0 };
  let machine = { total: 0, steal: 0 };
  let timer: NodeJS.Timeout | undefined;
  let begun: { loop: EventLoopUtilization; cpu: CpuTimes | undefined } | undefined;
  return {
    resume() {
      if (begun) return;
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
      machine = {
        total: machine.total + (now?.total ?? 0) - (begun.cpu?.total ?? 0),
        steal: machine.steal + (now?.steal ?? 0) - (begun.cpu?.steal ?? 0),
      };
      begun = undefined;
    },
    take() {
      const taken = { ...loop, lag: lagUs.store(), machine };
      lagUs.reset();
      loop = { activeMs: 0, idleMs: 0 };
      machine = { total: 0, steal: 0 };
      return taken;
    },
  };
}

/** `stretches`: for each stretch of load, such as a round, the records of the generator's threads in their order. */
export function healthOf(stretches: readonly (readonly ThreadRecord[])[]): GeneratorHealth {
  const threads = Math.max(1, ...stretches.map((records) => records.length));
  const records = stretches.flat();
  const lag = mergeStored(records.map((record) => record.lag));
  // Every thread read the same counters of the machine.
  const machine = stretches.flatMap(([first]) => (first ? [first.machine] : []));
  const total = machine.reduce((sum, times) => sum + times.total, 0);
  const steal = machine.reduce((sum, times) => sum + times.steal, 0);
  return {
    utilization: Math.max(
      ...Array.from({ length: threads }, (_, thread) =>
        utilizationOf(stretches.flatMap((records) => records[thread] ?? [])),
      ),
    ),
    threads,
    lagP95Ms: (quantileOfStored(lag, 0.95) ?? 0) / 1000,
    lagP99Ms: (quantileOfStored(lag, 0.99) ?? 0) / 1000,
    ...(total > 0 && { stealShare: steal / total }),
  };
}

function utilizationOf(records: readonly ThreadRecord[]): number {
  const activeMs = records.reduce((sum, record) => sum + record.activeMs, 0);
  const watchedMs = records.reduce((sum, record) => sum + record.activeMs + record.idleMs, 0);
  return watchedMs > 0 ? activeMs / watchedMs : 0;
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
