import { readFile } from 'node:fs/promises';
import { processTree } from './service-cpu.ts';

/**
 * Resident memory of `pid` and its living descendants, in bytes; what several of them share counts for each.
 *
 * `undefined` where the process is gone or the system has no `/proc` as Linux has it. Format: proc_pid_status(5).
 */
export async function processTreeRssBytes(pid: number): Promise<number | undefined> {
  const tree = await processTree(pid);
  if (!tree) return undefined;
  const sizes = await Promise.all(
    [...tree.keys()].map(async (each) => {
      // A process may end while it is looked at: it then holds nothing.
      const status = await readFile(`/proc/${each}/status`, 'utf8').catch(() => '');
      return parseResidentBytes(status);
    }),
  );
  const sum = sizes.reduce((total, size) => total + size, 0);
  return sum > 0 ? sum : undefined;
}

/** Reads `VmRSS` of `/proc/<pid>/status`, which is in KiB; 0 of a process that has ended and left it out. */
export function parseResidentBytes(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
