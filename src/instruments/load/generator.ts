import { performance } from 'node:perf_hooks';
import type { LoadRound } from '../../model/load.ts';
import { endpointsOf } from '../../model/scenario.ts';
import type { ConnectionOptions } from './connection.ts';
import { createItinerary, type ItineraryPlan } from './itinerary.ts';
import { createTally } from './tally.ts';
import { startVirtualUser } from './virtual-user.ts';

/** Load in the closed model: each of `connections` users waits for its answer before it goes on. */
export interface LoadPlan extends ItineraryPlan, ConnectionOptions {
  readonly connections: number;
}

export interface LoadGenerator {
  /** The users begin, or go on where they were. */
  resume(): void;
  /** Nothing more is sent; resolves when everything in flight is answered, lost or timed out. */
  pause(): Promise<void>;
  /**
   * What was counted since the last call; only while paused.
   *
   * `durationMs` is the time from each `resume` until a user had its last answer, on the mean over the users. Without
   * the wait for it a slice that holds one answer and a half would count as two, and slow services seem faster.
   */
  take(): LoadRound;
  /** What the last connection that was lost or refused gave as its reason, such as `ECONNREFUSED`. */
  lastTrouble(): string | undefined;
  /** What is in flight counts as lost. */
  close(): Promise<void>;
}

/** Connects every user at once and waits for `resume`; connections stay open while paused. */
export function startGenerator(plan: LoadPlan): LoadGenerator {
  const tally = createTally(endpointsOf(plan));
  let running = false;
  let resumedAt = 0;
  /** Sum over the users. */
  let offeredMs = 0;
  let trouble: string | undefined;
  let drained: (() => void)[] = [];

  const events = {
    onSettled,
    onTrouble(reason: string) {
      trouble = reason;
    },
  };
  const users = Array.from({ length: plan.connections }, (_, user) =>
    startVirtualUser(plan, createItinerary(plan, user), tally, events),
  );

  function isWaiting(): boolean {
    return users.some((user) => user.isWaiting());
  }

  function onSettled(): void {
    if (running) return;
    offeredMs += performance.now() - resumedAt;
    if (isWaiting()) return;
    for (const resolve of drained) resolve();
    drained = [];
  }

  function stop(): void {
    if (!running) return;
    running = false;
    for (const user of users) {
      user.pause();
      // Of the others `onSettled` tells.
      if (!user.isWaiting()) offeredMs += performance.now() - resumedAt;
    }
  }

  return {
    resume() {
      if (running) return;
      running = true;
      resumedAt = performance.now();
      for (const user of users) user.resume();
    },
    pause() {
      stop();
      return isWaiting() ? new Promise((resolve) => drained.push(resolve)) : Promise.resolve();
    },
    take() {
      if (running || isWaiting()) throw new Error('the load is to be paused before it is taken');
      const round = tally.take(offeredMs / users.length);
      offeredMs = 0;
      return round;
    },
    lastTrouble: () => trouble,
    async close() {
      stop();
      await Promise.all(users.map((user) => user.close()));
    },
  };
}
