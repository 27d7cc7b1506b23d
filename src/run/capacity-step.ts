import { latencyQuantiles } from '../compare/metrics.ts';
import { healthOf } from '../instruments/load/health.ts';
import type { WalkStart } from '../instruments/load/itinerary.ts';
import { startLoad } from '../instruments/load/threaded-generator.ts';
import type { WatchedGenerator } from '../instruments/load/watched-generator.ts';
import type { CapacityPlan, CapacityStep, DatabaseSessions, StepUsage } from '../model/capacity.ts';
import type { GeneratorHealth, LoadRound, RequestCounts, StoredHistogram } from '../model/load.ts';
import type { Variant } from '../model/scenario.ts';
import { mergeStored, quantileOfStored } from '../stats/histogram.ts';
import type { Service } from '../target/service.ts';
import { unlessAborted, wait } from '../target/wait.ts';
import type { UsageMeter } from './capacity-usage.ts';
import type { PassContext } from './pass-context.ts';
import { loadPlanOf } from './service-load.ts';

/** What every part of the search is given: one service, and how it is loaded. */
export interface LoadedService extends PassContext {
  readonly service: Service;
  readonly variant: Variant;
  readonly start: WalkStart;
  readonly plan: CapacityPlan;
  readonly meter: UsageMeter;
}

/** Load before each window that is not counted: connections are made, and the queue takes its length. */
const settleSeconds = { least: 1, most: 5 } as const;
/** With fewer answers a quantile is that of single requests, so that slow services are given more time. */
const fewestAnswers = 30;
const longestWindowSeconds = 10;
/** So that the last second of a window is over for every thread of the generator. */
const marginMs = 30;

/**
 * Offers one number of connections for a while and says what came of it; nothing is attached while it is measured.
 *
 * The load does not pause before and after the window: a queue that builds up or is worked off would count as
 * throughput. `beforePerS` is the throughput of the step before, by which the queue takes `connections / beforePerS`.
 */
export async function measureStep(
  loaded: LoadedService,
  connections: number,
  beforePerS: number | undefined,
): Promise<CapacityStep> {
  const { scenario, service, variant, start, plan, meter, signal, rows } = loaded;
  const model = { kind: 'closed' as const, connections };
  const share = rows.shareOf(0, 1);
  const generator = await startLoad(
    loadPlanOf(scenario, service, variant, { start, share, seed: scenario.load.seed + connections, model }),
  );
  try {
    const queueSeconds = beforePerS ? Math.ceil(connections / beforePerS) : 0;
    const from = Math.min(settleSeconds.most, Math.max(settleSeconds.least, queueSeconds));
    generator.resume();
    await wait(from * 1000, signal);
    const endUsage = await meter.begin();
    const until = from + (await waitForAnswers(generator, plan.stepMs, signal));
    const usage = await endUsage();
    // The same load goes on for a moment: asking the database would disturb what is measured.
    const sessions = await meter.sampleSessions();
    await unlessAborted(generator.pause(), signal);
    rows.settle([generator]);
    const round = await generator.take();
    const health = healthOf([await generator.takeHealth()]);
    return stepOf({ connections, round, from, until, usage, health, plan, ...(sessions && { sessions }) });
  } finally {
    await generator.close();
  }
}

/** Waits for a window that is long enough and gives its whole seconds. */
async function waitForAnswers(generator: WatchedGenerator, stepMs: number, signal: AbortSignal): Promise<number> {
  const before = (await generator.live()).answered;
  let seconds = Math.max(1, Math.round(stepMs / 1000));
  await wait(seconds * 1000 + marginMs, signal);
  while (seconds < longestWindowSeconds && (await generator.live()).answered - before < fewestAnswers) {
    await wait(1000, signal);
    seconds += 1;
  }
  return seconds;
}

interface StepInput {
  readonly connections: number;
  readonly round: LoadRound;
  /** Whole seconds of offered time: the window begins with the first, and ends before the second. */
  readonly from: number;
  readonly until: number;
  readonly usage: StepUsage;
  readonly health: GeneratorHealth;
  readonly plan: CapacityPlan;
  readonly sessions?: DatabaseSessions;
}

function stepOf({ connections, round, from, until, usage, health, plan, sessions }: StepInput): CapacityStep {
  const { objective } = plan;
  const counts = countsOf(round);
  const cells = round.seconds
    .filter(({ second }) => second >= from && second < until)
    .flatMap(({ endpoints }) => Object.values(endpoints));
  const times = mergeStored(cells.map(({ responseTime }) => responseTime));
  const msAt = (q: number) => {
    const us = quantileOfStored(times, q);
    return us === undefined ? undefined : us / 1000;
  };
  const [p50Ms, p95Ms, p99Ms] = [msAt(0.5), msAt(0.95), msAt(0.99)];
  const answered = cells.reduce((sum, cell) => sum + cell.answered, 0);
  // Which of the answers had failed is known of the whole step alone.
  const expectedShare = counts.answered > 0 ? (counts.answered - counts.failed) / counts.answered : 0;
  const throughputPerS = (answered * expectedShare) / (until - from);
  const decidingMs = objective && msAt(latencyQuantiles[objective.metric]);
  return {
    connections,
    durationMs: (until - from) * 1000,
    ...counts,
    throughputPerS,
    goodputPerS: objective ? throughputPerS * shareUpTo(times, objective.belowMs * 1000) : throughputPerS,
    ...(times.count > 0 && { meanMs: times.sumUs / times.count / 1000 }),
    ...(p50Ms !== undefined && { p50Ms }),
    ...(p95Ms !== undefined && { p95Ms }),
    ...(p99Ms !== undefined && { p99Ms }),
    ...(objective && decidingMs !== undefined && { objectiveMet: decidingMs < objective.belowMs }),
    statuses: sumByName(Object.values(round.endpoints).map(({ statuses }) => statuses)),
    usage: { ...usage, ...(sessions && { sessions }) },
    generator: health,
  };
}

/** The share of the values that are at most `us`: the quantile function, searched for it. */
function shareUpTo(times: StoredHistogram, us: number): number {
  if (times.count === 0 || us < times.minUs) return 0;
  if (us >= times.maxUs) return 1;
  let [low, high] = [0, 1];
  for (let halving = 0; halving < 20; halving++) {
    const middle = (low + high) / 2;
    if ((quantileOfStored(times, middle) ?? 0) <= us) low = middle;
    else high = middle;
  }
  return low;
}

/** Of all endpoints together. */
export function countsOf({ endpoints }: LoadRound): RequestCounts {
  const total = { due: 0, sent: 0, unsent: 0, answered: 0, failed: 0, timedOut: 0, lost: 0 };
  for (const cell of Object.values(endpoints)) {
    for (const key of Object.keys(total) as (keyof RequestCounts)[]) total[key] += cell[key];
  }
  return total;
}

export function sumByName(parts: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const part of parts) for (const [name, count] of Object.entries(part)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}
