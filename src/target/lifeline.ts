import { rmSync } from 'node:fs';
import { type Keeper, startKeeper } from './keeper.ts';

/**
 * What must not outlive this process, whatever ends it.
 *
 * Every pass cleans up after itself in an orderly way; this is the net below: when the process exits all the
 * same (a second Ctrl-C, a defect), what is still registered is killed and removed synchronously. Below that is the
 * keeper, for an end at which nothing of ours runs any more (SIGKILL, a full heap).
 */
const processGroups = new Map<number, NodeJS.Signals>();
const folders = new Set<string>();
let watching = false;
let keeper: Keeper | undefined;

/** What a process that is told to end by a signal of its own may need, before it is killed. */
const lastWillMs = 200;

function watchExit(): void {
  if (watching) return;
  watching = true;
  process.on('exit', () => {
    killGuarded();
    if ([...processGroups.values()].some((signal) => signal !== 'SIGKILL')) {
      // Nothing asynchronous happens any more, and an ended child stays visible until somebody asks for it.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lastWillMs);
    }
    for (const pid of processGroups.keys()) signalGroup(pid, 'SIGKILL');
    for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
}

/** Ends every registered process at once, most of them with their groups; those who started them find them ended. */
export function killGuarded(): void {
  for (const [pid, signal] of processGroups) {
    if (signal === 'SIGKILL') signalGroup(pid, signal);
    else signalProcess(pid, signal);
  }
}

/**
 * Registers a process that leads a group of its own; returns the function that releases it once it has ended.
 *
 * @param ending - what makes it end at once; a process that has to give something back knows a better one than SIGKILL
 */
export function guardProcess(pid: number, ending: NodeJS.Signals = 'SIGKILL'): () => void {
  watchExit();
  keeper ??= startKeeper();
  processGroups.set(pid, ending);
  const forget = keeper.keep({ pid, ending });
  return () => {
    processGroups.delete(pid);
    forget();
  };
}

/** Registers a temporary folder; returns the function that releases it once it is gone. */
export function guardFolder(folder: string): () => void {
  watchExit();
  keeper ??= startKeeper();
  folders.add(folder);
  const forget = keeper.keep({ folder });
  return () => {
    folders.delete(folder);
    forget();
  };
}

/** Signals a process and its descendants in the same group; returns whether any was left to hear it. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  return signalProcess(process.platform === 'win32' ? pid : -pid, signal);
}

function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    // It is there, and runs as somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
