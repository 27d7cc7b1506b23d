import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { GeneratorHealth } from '../../model/load.ts';

/** The delay is sampled by a timer of this period, and what it reads includes the period itself. */
const resolutionMs = 10;

/** Watches this process and its machine from now until `stop`. */
export function watchGenerator(): { stop(): GeneratorHealth } {
  const utilization = performance.eventLoopUtilization();
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  const cpu = readCpuTimes();
  delay.enable();
  return {
    stop() {
      delay.disable();
      const steal = stealShare(cpu, readCpuTimes());
      return {
        utilization: performance.eventLoopUtilization(utilization).utilization,
        lagP99Ms: Math.max(0, delay.percentile(99) / 1e6 - resolutionMs),
        ...(steal !== undefined && { stealShare: steal }),
      };
    },
  };
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

function stealShare(before: CpuTimes | undefined, after: CpuTimes | undefined): number | undefined {
  if (!before || !after || after.total <= before.total) return undefined;
  return Math.max(0, after.steal - before.steal) / (after.total - before.total);
}
