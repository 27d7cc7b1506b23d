import { performance } from 'node:perf_hooks';
import { type ConnectionOptions, openConnection } from './connection.ts';
import type { DueRequest, Stop } from './itinerary.ts';
import type { Tally } from './tally.ts';

/** One user with one connection: sends, waits for the answer, thinks, sends again. */
export interface VirtualUser {
  resume(): void;
  /** Sends nothing more; what is left of a think time is waited out after `resume`. */
  pause(): void;
  /** Whether an answer is outstanding. */
  isWaiting(): boolean;
  /** An answer that is outstanding counts as lost. */
  close(): Promise<void>;
}

export interface VirtualUserEvents {
  /** What was outstanding is settled and counted. */
  onSettled(): void;
  /** The connection was lost or refused. */
  onTrouble(reason: string): void;
}

/** Starts paused, and connects at once. */
export function startVirtualUser(
  options: ConnectionOptions,
  nextStop: () => Stop,
  tally: Tally,
  events: VirtualUserEvents,
): VirtualUser {
  let running = false;
  let due: DueRequest | undefined;
  let outstanding: DueRequest | undefined;
  let thinkLeftMs = 0;
  let thinking: { readonly timer: NodeJS.Timeout; readonly endsAt: number } | undefined;

  const connection = openConnection(options, {
    onFree: proceed,
    onAnswered: (answer) => settle((request) => tally.answered(request, answer)),
    onTimedOut(waitedUs) {
      settle((request) => tally.timedOut(request, waitedUs));
      proceed();
    },
    onLost(reason) {
      events.onTrouble(reason);
      settle(tally.lost);
      proceed();
    },
    onRefused(reason) {
      events.onTrouble(reason);
      if (!running || !due) return;
      tally.lost(due);
      due = undefined;
      proceed();
    },
  });

  function proceed(): void {
    if (!running || outstanding || thinking) return;
    while (!due) {
      if (thinkLeftMs > 0) {
        think();
        return;
      }
      const stop = nextStop();
      if (stop.kind === 'think') thinkLeftMs = stop.durationMs;
      else due = stop.request;
    }
    if (!connection.isFree()) return;
    outstanding = due;
    due = undefined;
    connection.send(outstanding.bytes, outstanding.method);
  }

  function think(): void {
    const timer = setTimeout(() => {
      thinking = undefined;
      thinkLeftMs = 0;
      proceed();
    }, thinkLeftMs);
    thinking = { timer, endsAt: performance.now() + thinkLeftMs };
  }

  function settle(count: (request: DueRequest) => void): void {
    const request = outstanding;
    if (!request) return;
    outstanding = undefined;
    count(request);
    events.onSettled();
  }

  function pause(): void {
    running = false;
    if (!thinking) return;
    clearTimeout(thinking.timer);
    thinkLeftMs = Math.max(0, thinking.endsAt - performance.now());
    thinking = undefined;
  }

  return {
    resume() {
      running = true;
      proceed();
    },
    pause,
    isWaiting: () => outstanding !== undefined,
    close() {
      pause();
      settle(tally.lost);
      return connection.close();
    },
  };
}
