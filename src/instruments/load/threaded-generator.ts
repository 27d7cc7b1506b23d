import { Worker } from 'node:worker_threads';
import { wholeData } from '../../model/data-feed.ts';
import type { LoadRound } from '../../model/load.ts';
import { type LoadPlan, startGenerator } from './generator.ts';
import type { ThreadCall, ThreadReply, ThreadRequest, ThreadState } from './generator-thread.ts';
import type { ThreadRecord } from './health.ts';
import { createItinerary } from './itinerary.ts';
import { mergeRounds } from './merge-rounds.ts';
import { threadsFor } from './spare-cores.ts';
import type { LiveFigures } from './tally.ts';
import { type WatchedGenerator, watched } from './watched-generator.ts';

/**
 * Starts the generator of a plan on as many threads as the machine has to spare, by default; a single one is this
 * thread itself. Resolves when all of them are there, so that none begins late.
 */
export async function startLoad(
  plan: LoadPlan,
  { threads = threadsFor(plan.model.connections) }: { readonly threads?: number } = {},
): Promise<WatchedGenerator> {
  return threads === 1 ? watched(startGenerator(plan)) : startThreads(plan, threads);
}

/**
 * Generators in threads of their own that load one service together, each with its part of the connections, the
 * data and the arrivals.
 *
 * A thread that dies takes its figures with it: whatever is asked of it rejects from then on.
 */
async function startThreads(plan: LoadPlan, count: number): Promise<WatchedGenerator> {
  // What is wrong with a plan is thrown here, as by a single generator.
  createItinerary(plan);
  const threads = Array.from({ length: count }, (_, index) => startThread(partOf(plan, index, count)));
  const all = <T>(call: ThreadCall) => Promise.all(threads.map((thread) => thread.ask<T>(call)));
  const states = () => threads.map((thread) => thread.state());
  const close = async () => {
    await Promise.all(threads.map((thread) => thread.close()));
  };
  try {
    await all('live');
  } catch (error) {
    await close();
    throw error;
  }
  return {
    resume() {
      for (const thread of threads) thread.tell('resume');
    },
    async pause() {
      await all('pause');
    },
    async take() {
      const rounds = await all<LoadRound>('take');
      return mergeRounds(rounds.map((round, index) => ({ round, connections: connectionsOf(plan, index, count) })));
    },
    live: async () => mergeFigures(await all<LiveFigures>('live')),
    takeHealth: async () => (await all<readonly ThreadRecord[]>('takeHealth')).flat(),
    exhausted: () => states().find(({ exhausted }) => exhausted !== undefined)?.exhausted,
    usedRows: () => highestByName(states().map(({ usedRows }) => usedRows)),
    close,
  };
}

/** Thread `index` of `count`; a plan that is a share itself is shared out further. */
function partOf(plan: LoadPlan, index: number, count: number): LoadPlan {
  const share = plan.share ?? wholeData;
  return {
    ...plan,
    model: { ...plan.model, connections: connectionsOf(plan, index, count) },
    share: { ...share, index: share.index + share.count * index, count: share.count * count },
  };
}

function connectionsOf({ model }: LoadPlan, index: number, count: number): number {
  return Math.floor(model.connections / count) + (index < model.connections % count ? 1 : 0);
}

interface Thread {
  /** Rejects where the thread has died, or dies before it answers. */
  ask<T>(call: ThreadCall): Promise<T>;
  /** Asks without waiting for an answer; that the thread has died shows at the next `ask`. */
  tell(call: ThreadCall): void;
  /** As it was at the last answer. */
  state(): ThreadState;
  close(): Promise<void>;
}

function startThread(plan: LoadPlan): Thread {
  // From the sources (in the tests) the thread is the built one: a thread of Node cannot load TypeScript.
  const isBuilt = import.meta.url.endsWith('.js');
  const file = isBuilt ? './generator-thread.js' : '../../../dist/instruments/load/generator-thread.js';
  const worker = new Worker(new URL(file, import.meta.url), { workerData: plan, name: 'load' });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  let state: ThreadState = { exhausted: undefined, usedRows: plan.share?.uniqueFrom ?? {} };
  let lastId = 0;
  let death: Error | undefined;

  function die(cause: unknown): void {
    death ??= new Error('a thread of the load generator has ended', { cause });
    for (const { reject } of waiting.values()) reject(death);
    waiting.clear();
  }

  worker.on('error', die);
  worker.on('messageerror', die);
  worker.on('exit', (code) => die(new Error(`exit code ${code}`)));
  worker.on('message', (reply: ThreadReply) => {
    state = reply.state;
    const asked = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('error' in reply) asked?.reject(reply.error);
    else asked?.resolve(reply.value);
  });

  function ask<T>(call: ThreadCall): Promise<T> {
    if (death) return Promise.reject(death);
    lastId += 1;
    const id = lastId;
    const reply = new Promise<T>((resolve, reject) => {
      waiting.set(id, { resolve: (value) => resolve(value as T), reject });
    });
    worker.postMessage({ id, call } satisfies ThreadRequest);
    return reply;
  }

  return {
    ask,
    tell(call) {
      ask(call).catch(() => undefined);
    },
    state: () => state,
    async close() {
      // A thread that is gone already is closed.
      await ask('close').catch(() => undefined);
      await worker.terminate();
    },
  };
}

/** The quantiles are means over the answers of the threads: near enough for people who wait. */
function mergeFigures(parts: readonly LiveFigures[]): LiveFigures {
  const answered = parts.reduce((sum, part) => sum + part.answered, 0);
  const unsuccessful = parts.reduce((sum, part) => sum + part.unsuccessful, 0);
  const measured = parts.filter(({ p50Ms }) => p50Ms !== undefined);
  const weight = measured.reduce((sum, part) => sum + part.answered, 0);
  if (weight === 0) return { answered, unsuccessful };
  const meanOf = (value: (part: LiveFigures) => number | undefined) =>
    measured.reduce((sum, part) => sum + (value(part) ?? 0) * part.answered, 0) / weight;
  return { answered, unsuccessful, p50Ms: meanOf(({ p50Ms }) => p50Ms), p95Ms: meanOf(({ p95Ms }) => p95Ms) };
}

/** Threads draw rows in turn, so the one that drew most tells how far the source is used up. */
function highestByName(parts: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const names = [...new Set(parts.flatMap((part) => Object.keys(part)))];
  return Object.fromEntries(names.map((name) => [name, Math.max(...parts.map((part) => part[name] ?? 0))]));
}
