import type { ChildProcess } from 'node:child_process';
import { signalGroup } from './lifeline.ts';

const stopGraceMs = 5000;
const lastOutputMs = 200;

/** Options of execa for a process that leads a group of its own, and whose output and end are ours to watch. */
export const inOwnGroup = {
  preferLocal: false,
  stdin: 'ignore',
  buffer: false,
  reject: false,
  cleanup: false,
  detached: process.platform !== 'win32',
} as const;

/**
 * How the process itself ended, as `exit code 3` or `signal SIGKILL`, once its last output was read.
 *
 * A descendant that lives on and holds the output open is not waited for.
 */
export function endOf(child: Pick<ChildProcess, 'once'>): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      const how = code === null ? `signal ${signal}` : `exit code ${code}`;
      const timer = setTimeout(() => resolve(how), lastOutputMs);
      child.once('close', () => {
        clearTimeout(timer);
        resolve(how);
      });
    });
  });
}

/** Ends a process and its descendants in the same group: SIGTERM, and SIGKILL for whoever is left after five seconds. */
export async function stopGroup(pid: number, ended: Promise<unknown>): Promise<void> {
  signalGroup(pid, 'SIGTERM');
  let timer: NodeJS.Timeout | undefined;
  const grace = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), stopGraceMs);
  });
  const first = await Promise.race([ended, grace]);
  clearTimeout(timer);
  // The leader may be gone while a child that it started lives on.
  if (first === 'late' || signalGroup(pid, 0)) signalGroup(pid, 'SIGKILL');
  await ended;
}
