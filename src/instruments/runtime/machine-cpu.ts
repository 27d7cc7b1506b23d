import { readFile } from 'node:fs/promises';

/** CPU time of the whole machine since it was started, over all of its processors, in clock ticks. */
export interface MachineTimes {
  readonly total: number;
  /** Neither idle nor waiting for a disk. */
  readonly busy: number;
}

/** `undefined` where the system has no `/proc/stat`. */
export async function machineTimes(): Promise<MachineTimes | undefined> {
  const text = await readFile('/proc/stat', 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseMachineTimes(text);
}

/** Reads the first line of `/proc/stat`: https://man7.org/linux/man-pages/man5/proc_stat.5.html */
export function parseMachineTimes(stat: string): MachineTimes | undefined {
  const fields = /^cpu +(.+)$/m.exec(stat)?.[1]?.trim().split(/ +/).map(Number);
  // user nice system idle iowait irq softirq steal; the guest times that follow are contained in user and nice.
  const times = fields?.slice(0, 8) ?? [];
  const [, , , idle, waiting] = times;
  if (idle === undefined || waiting === undefined || !times.every(Number.isFinite)) return undefined;
  const total = times.reduce((sum, time) => sum + time, 0);
  return { total, busy: total - idle - waiting };
}
