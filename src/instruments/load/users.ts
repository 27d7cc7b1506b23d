import { performance } from 'node:perf_hooks';
import type { ClosedModel } from '../../model/load-spec.ts';
import type { Crowd, CrowdContext } from './crowd.ts';
import type { Settlement } from './exchange.ts';
import { createWalker, type Walker } from './walker.ts';

/**
 * The closed model: as many users as connections, each of whom begins the next walk when the last one is over.
 *
 * The time offered is that from each `resume` until a user had its last answer, on the mean over the users. Without
 * the wait for it a slice that holds one answer and a half would count as two, and slow services seem faster.
 */
export function startUsers({ connections }: ClosedModel, context: CrowdContext): Crowd {
  const { plan, pool, tally, itinerary, onSettled } = context;
  let running = false;
  let resumedAt = 0;
  let elapsedMs = 0;
  /** Sum over the users. */
  let offeredMs = 0;
  /** Users who have no walk: all at first, and those who were to begin one while paused. */
  let free: Walker[] = [];

  const users = Array.from({ length: connections }, () =>
    createWalker({
      url: plan.url,
      pool,
      tally,
      onSettled(settlement: Settlement) {
        if (!running) offeredMs += settlement.endedAt - resumedAt;
        onSettled();
      },
      onEnd(walker) {
        if (running) begin(walker);
        else free.push(walker);
      },
    }),
  );
  free = [...users];

  function begin(walker: Walker): void {
    const walk = itinerary.next();
    if (walk) walker.begin(walk, performance.now());
  }

  return {
    resume() {
      running = true;
      resumedAt = performance.now();
      const idle = free;
      free = [];
      for (const user of users) user.resume();
      for (const user of idle) begin(user);
    },
    pause() {
      running = false;
      const elapsed = performance.now() - resumedAt;
      elapsedMs += elapsed;
      for (const user of users) {
        user.pause();
        // Of the others `onSettled` tells.
        if (!user.isWaiting()) offeredMs += elapsed;
      }
    },
    isWaiting: () => users.some((user) => user.isWaiting()),
    clockMs: () => elapsedMs + (running ? performance.now() - resumedAt : 0),
    take() {
      const durationMs = offeredMs / users.length;
      offeredMs = 0;
      elapsedMs = 0;
      return { durationMs };
    },
    close() {
      running = false;
      for (const user of users) user.close();
    },
  };
}
