import { endpointsOf } from '../../model/flow.ts';
import type { LoadRound } from '../../model/load.ts';
import type { LoadModel } from '../../model/load-spec.ts';
import { startArrivals } from './arrivals.ts';
import type { ConnectionOptions } from './connection.ts';
import { openPool } from './connection-pool.ts';
import type { Crowd } from './crowd.ts';
import { createItinerary, type ItineraryPlan } from './itinerary.ts';
import { createTally, type LiveFigures } from './tally.ts';
import { startUsers } from './users.ts';

/** The load on one service; plain data, so that it can be handed to another thread. */
export interface LoadPlan extends ItineraryPlan, ConnectionOptions {
  readonly model: LoadModel;
}

export interface LoadGenerator {
  /** The users begin, or go on where they were. */
  resume(): void;
  /** No user begins, and nothing more comes due; resolves when everything that is due is settled. */
  pause(): Promise<void>;
  /** What was counted since the last call; only while paused. */
  take(): Promise<LoadRound>;
  /** Since the last `take`. */
  live(): Promise<LiveFigures>;
  /** The `unique` source of data that had no row left, after which no user begins. */
  exhausted(): string | undefined;
  /** By the name of a `unique` source: how many of its rows are used up, for the share of the next generator. */
  usedRows(): Readonly<Record<string, number>>;
  /** What is due counts as lost. */
  close(): Promise<void>;
}

/** Opened at once in the open model, so that the first users need not wait for a connection. */
const reserve = 10;

/** Opens its connections and waits for `resume`; connections stay open while paused. */
export function startGenerator(plan: LoadPlan): LoadGenerator {
  const { model } = plan;
  const { connections } = model;
  const itinerary = createItinerary(plan);
  const tally = createTally(endpointsOf(plan), () => crowd.clockMs());
  const pool = openPool({ ...plan, connections, opened: model.kind === 'closed' ? connections : reserve });
  let running = false;
  let drained: (() => void)[] = [];

  const context = {
    plan,
    pool,
    tally,
    itinerary,
    onSettled() {
      if (running || crowd.isWaiting()) return;
      for (const resolve of drained) resolve();
      drained = [];
    },
  };
  const crowd: Crowd = model.kind === 'closed' ? startUsers(model, context) : startArrivals(model, context);

  return {
    resume() {
      if (running) return;
      running = true;
      crowd.resume();
    },
    pause() {
      if (running) crowd.pause();
      running = false;
      return crowd.isWaiting() ? new Promise((resolve) => drained.push(resolve)) : Promise.resolve();
    },
    async take() {
      if (running || crowd.isWaiting()) throw new Error('the load is to be paused before it is taken');
      // Counted before the clock begins anew.
      const counted = tally.take();
      return { ...counted, ...crowd.take() };
    },
    live: async () => tally.live(),
    exhausted: itinerary.exhausted,
    usedRows: itinerary.usedRows,
    async close() {
      running = false;
      crowd.close();
      await pool.close();
    },
  };
}
