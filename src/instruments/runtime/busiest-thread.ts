import { readdir, readFile } from 'node:fs/promises';
import { processTree } from './service-cpu.ts';

/** CPU time that each thread has used since it began, in ms, by `pid/tid`. */
export type ThreadTimes = ReadonlyMap<string, number>;

/** Length of a clock tick, as in `service-cpu.ts`. */
const tickMs = 10;

/** The threads of `pid` and its living descendants; `undefined` where the process is gone or the system has no `/proc`. */
export async function threadTimes(pid: number): Promise<ThreadTimes | undefined> {
  const tree = await processTree(pid);
  if (!tree) return undefined;
  const all = await Promise.all([...tree.keys()].map(threadsOf));
  return new Map(all.flat());
}

async function threadsOf(pid: number): Promise<readonly (readonly [string, number])[]> {
  // A process or a thread may end while it is looked at: it then has no time.
  const tids = await readdir(`/proc/${pid}/task`).catch(() => []);
  const times = await Promise.all(
    tids.map(async (tid) => {
      const stat = await readFile(`/proc/${pid}/task/${tid}/stat`, 'utf8').catch(() => '');
      const cpuMs = parseThreadStat(stat);
      return cpuMs === undefined ? [] : [[`${pid}/${tid}`, cpuMs] as const];
    }),
  );
  return times.flat();
}

/** utime and stime alone: of a thread's line the times of ended children are those of its whole process. */
export function parseThreadStat(stat: string): number | undefined {
  const ticks = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return ticks.length === 2 && ticks.every(Number.isFinite)
    ? ticks.reduce((total, value) => total + value, 0) * tickMs
    : undefined;
}

/** The most that one thread used between two readings, in ms; threads that began meanwhile count from nothing. */
export function busiestThreadMs(before: ThreadTimes, after: ThreadTimes): number {
  return Math.max(0, ...[...after].map(([thread, cpuMs]) => cpuMs - (before.get(thread) ?? 0)));
}
