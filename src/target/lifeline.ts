import { rmSync } from 'node:fs';

/**
 * What must not outlive this process, whatever ends it.
 *
 * Every pass cleans up after itself in an orderly way; this is the net below: when the process exits all the
 * same (a second Ctrl-C, a defect), what is still registered is killed and removed synchronously.
 */
const processGroups = new Set<number>();
const folders = new Set<string>();
let watching = false;

function watchExit(): void {
  if (watching) return;
  watching = true;
  process.on('exit', () => {
    for (const pid of processGroups) signalGroup(pid, 'SIGKILL');
    for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
}

/** Registers a process that leads a group of its own; returns the function that releases it once it has ended. */
export function guardProcess(pid: number): () => void {
  watchExit();
  processGroups.add(pid);
  return () => processGroups.delete(pid);
}

/** Registers a temporary folder; returns the function that releases it once it is gone. */
export function guardFolder(folder: string): () => void {
  watchExit();
  folders.add(folder);
  return () => folders.delete(folder);
}

/** Signals a process and its descendants in the same group; returns whether any was left to hear it. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return true;
    return false;
  }
}
