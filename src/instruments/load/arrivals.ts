import { performance } from 'node:perf_hooks';
import { wholeData } from '../../model/data-feed.ts';
import type { OpenModel } from '../../model/load-spec.ts';
import { createArrivalSchedule } from './arrival-schedule.ts';
import type { Crowd, CrowdContext } from './crowd.ts';
import type { Settlement } from './exchange.ts';
import { dueAfterTimer } from './timer-due.ts';
import { createWalker, type WalkedRequest, type Walker } from './walker.ts';

/** A timer that is to fire within this time fires now: the schedule is no more exact than that. */
const earlyMs = 0.5;
/** Users who arrive in one turn of the event loop; of more, answers would have to wait. */
const mostAtOnce = 256;

/**
 * The open model: users arrive by the clock, however many are still under way.
 *
 * The clock of the schedule runs while load is offered, and stands still while paused.
 */
export function startArrivals(model: OpenModel, context: CrowdContext): Crowd {
  const { plan, pool, tally, itinerary, onSettled } = context;
  const schedule = createArrivalSchedule(model, plan.seed, plan.share ?? wholeData);
  /** Users who left, to be led through another walk. */
  const free: Walker[] = [];
  const underWay = new Set<Walker>();
  let running = false;
  let resumedAt = 0;
  let pausedAt = 0;
  /** Offered time of the whole load at the last pause, and at the last `take`. */
  let elapsedMs = 0;
  let takenAtMs = 0;
  let next = schedule.next();
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  let wanted = 0;
  /** Users whose first request found no connection before the load paused, or none at all. */
  let late = 0;

  function clock(): number {
    return elapsedMs + (running ? performance.now() - resumedAt : 0);
  }

  /** What is settled while paused may have been sent only then. */
  function wasSentInTime({ kind }: Settlement, sentAt: number | undefined): boolean {
    // Of a lost request it is not known when it was sent, but that it was.
    if (sentAt === undefined) return kind === 'lost';
    return running || sentAt <= pausedAt;
  }

  function createUser(): Walker {
    return createWalker({
      url: plan.url,
      pool,
      tally,
      onSettled(settlement: Settlement, { isFirst, sentAt }: WalkedRequest) {
        if (isFirst && !wasSentInTime(settlement, sentAt)) late += 1;
        onSettled();
      },
      onEnd(walker) {
        underWay.delete(walker);
        free.push(walker);
      },
    });
  }

  /** Those who are due; where they are too many for one turn the others follow, also while paused. */
  function arrive(): void {
    timer = undefined;
    const until = clock() + (running ? earlyMs : 0);
    const began = running ? resumedAt : pausedAt;
    for (let count = 0; count < mostAtOnce && next !== undefined && next <= until; count++) {
      const nominal = began + next - elapsedMs;
      const walk = itinerary.next();
      next = walk && schedule.next();
      if (!walk) break;
      wanted += 1;
      const walker = free.pop() ?? createUser();
      underWay.add(walker);
      walker.begin(walk, dueAfterTimer(nominal));
      if (!running) walker.pause();
    }
    if (next !== undefined && next <= until) turn = setImmediate(arrive);
    else if (running && next !== undefined) timer = setTimeout(arrive, Math.max(1, Math.round(next - clock())));
    else if (!running) onSettled();
  }

  function stop(): void {
    running = false;
    clearTimeout(timer);
    clearImmediate(turn);
  }

  return {
    resume() {
      running = true;
      resumedAt = performance.now();
      for (const walker of underWay) walker.resume();
      arrive();
    },
    pause() {
      clearTimeout(timer);
      clearImmediate(turn);
      arrive();
      elapsedMs = clock();
      pausedAt = performance.now();
      stop();
      for (const walker of underWay) walker.pause();
      // More than arrive in one turn.
      if (next !== undefined && next <= elapsedMs) turn = setImmediate(arrive);
    },
    isWaiting() {
      if (next !== undefined && next <= elapsedMs) return true;
      for (const walker of underWay) if (walker.isWaiting()) return true;
      return false;
    },
    clockMs: () => clock() - takenAtMs,
    take() {
      const durationMs = elapsedMs - takenAtMs;
      const arrivals = { wanted, begun: Math.max(0, wanted - late) };
      takenAtMs = elapsedMs;
      wanted = 0;
      late = 0;
      return { durationMs, arrivals };
    },
    close() {
      stop();
      for (const walker of underWay) walker.close();
    },
  };
}
