import { readdir, readFile } from 'node:fs/promises';

/**
 * Length of a clock tick in `/proc/<pid>/stat`.
 *
 * The kernel reports to user space in USER_HZ, which is 100 on every architecture that Node is built for
 * (`getconf CLK_TCK`), whatever its own timer runs at.
 */
const tickMs = 10;

interface ProcessTimes {
  readonly parentPid: number;
  readonly cpuMs: number;
}

/**
 * CPU time that `pid` and its living descendants have used since they began, in ms, in steps of 10 ms.
 *
 * The time of children that have ended counts with the parent that waited for them. `undefined` where the
 * process is gone or the system has no `/proc` as Linux has it. Format: proc_pid_stat(5).
 */
export async function processTreeCpuMs(pid: number): Promise<number | undefined> {
  const tree = await processTree(pid);
  if (!tree) return undefined;
  let cpuMs = 0;
  for (const times of tree.values()) cpuMs += times.cpuMs;
  return cpuMs;
}

/** `pid` and its living descendants, each by its pid; `undefined` as for {@link processTreeCpuMs}. */
export async function processTree(pid: number): Promise<ReadonlyMap<number, ProcessTimes> | undefined> {
  if (process.platform !== 'linux') return undefined;
  const times = await readAll();
  if (!times.has(pid)) return undefined;
  const children = new Map<number, number[]>();
  for (const [child, { parentPid }] of times) {
    const siblings = children.get(parentPid);
    if (siblings) siblings.push(child);
    else children.set(parentPid, [child]);
  }
  const tree = new Map<number, ProcessTimes>();
  const waiting = [pid];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const own = times.get(next);
    if (own) tree.set(next, own);
    waiting.push(...(children.get(next) ?? []));
  }
  return tree;
}

async function readAll(): Promise<Map<number, ProcessTimes>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(
    pids.map(async (pid) => {
      // A process may end between the listing and the reading: it then simply is not in the tree.
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
      const times = stat === undefined ? undefined : parseProcessStat(stat);
      return times && ([pid, times] as const);
    }),
  );
  return new Map(all.filter((entry) => entry !== undefined));
}

/** Reads one line of `/proc/<pid>/stat`; the command name stands in parentheses and may itself hold any character. */
export function parseProcessStat(stat: string): ProcessTimes | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Fields 4 (ppid) and 14 to 17 (utime, stime, cutime, cstime) of the page, which counts from 1 with the name second.
  const parentPid = Number(fields[1]);
  const ticks = fields.slice(11, 15).map(Number);
  if (ticks.length < 4 || !Number.isInteger(parentPid) || !ticks.every(Number.isFinite)) return undefined;
  return { parentPid, cpuMs: ticks.reduce((total, value) => total + value, 0) * tickMs };
}
