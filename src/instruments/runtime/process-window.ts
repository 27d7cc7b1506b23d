import type { RuntimeWindow } from '../../model/runtime.ts';

/** What one thread of the service reports about itself for one window. */
export interface ThreadWindow {
  readonly pid: number;
  /** 0 for the main thread; CPU time and resident memory are of the whole process whichever thread reads them. */
  readonly threadId: number;
  readonly windowMs: number;
  /** Share of the window in which this thread's event loop did not wait, 0 to 1. */
  readonly eventLoopUtilization: number;
  /** 99th percentile of the loop's lateness; the resolution of the timer that measures it is taken off. */
  readonly eventLoopDelayP99Ms: number;
  readonly gcMs: number;
  readonly gcCount: number;
  /** User and system time of the process, all threads. */
  readonly cpuMs: number;
  readonly heapUsedBytes: number;
  readonly rssBytes: number;
}

/** The figures of a {@link RuntimeWindow} that the service itself can tell. */
export type ServiceWindow = Omit<RuntimeWindow, 'flow' | 'requests'>;

/**
 * One window for the whole service out of those of its threads.
 *
 * CPU time and resident memory are summed over processes, collections and heap over threads; utilization and
 * delay are those of the worst event loop, since one saturated loop is what requests wait for.
 */
export function mergeThreadWindows(threads: readonly ThreadWindow[]): ServiceWindow {
  const windowMs = Math.max(0, ...threads.map((thread) => thread.windowMs));
  const processes = [...new Map(threads.map((thread) => [thread.pid, thread])).keys()].map((pid) =>
    threads.filter((thread) => thread.pid === pid),
  );
  const perProcess = (figure: (thread: ThreadWindow) => number) =>
    sum(processes.map((ofProcess) => Math.max(...ofProcess.map(figure))));
  return {
    windowMs,
    eventLoopUtilization: Math.max(0, ...threads.map((thread) => thread.eventLoopUtilization)),
    cpuCores: windowMs > 0 ? perProcess((thread) => thread.cpuMs) / windowMs : 0,
    eventLoopDelayP99Ms: Math.max(0, ...threads.map((thread) => thread.eventLoopDelayP99Ms)),
    gcMs: sum(threads.map((thread) => thread.gcMs)),
    gcCount: sum(threads.map((thread) => thread.gcCount)),
    heapUsedBytes: sum(threads.map((thread) => thread.heapUsedBytes)),
    rssBytes: perProcess((thread) => thread.rssBytes),
  };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
