import type { ThreadRecord } from '../instruments/load/health.ts';
import { startLoad } from '../instruments/load/threaded-generator.ts';
import type { WatchedGenerator } from '../instruments/load/watched-generator.ts';
import { processTreeCpuMs } from '../instruments/runtime/service-cpu.ts';
import { processTreeRssBytes } from '../instruments/runtime/service-memory.ts';
import type { LoadRound } from '../model/load.ts';
import type { Variant } from '../model/scenario.ts';
import type { Service } from '../target/service.ts';
import { unlessAborted, wait } from '../target/wait.ts';
import { type PassContext, withServices } from './pass-context.ts';
import type { LiveLoad } from './progress.ts';
import { requireAnswers } from './require-answers.ts';
import { requireRate } from './require-rate.ts';
import { betweenSteps, loadPlanOf } from './service-load.ts';

/** One variant in one round: its own process and the load that goes to it. */
interface Lane {
  readonly name: string;
  readonly service: Service;
  readonly generator: WatchedGenerator;
  /** CPU time of the service in its slices; NaN where it cannot be read: unknown is not zero. */
  cpuMs: number;
  /** In the slices that are over. */
  offeredMs: number;
}

export interface RoundPlan {
  /** Those that are up at once. */
  readonly variants: readonly Variant[];
  /** Whose turn it is, slice by slice, as indexes of `variants`. */
  readonly order: readonly number[];
  readonly sliceMs: number;
  readonly seed: number;
  /** Told between slices, and each second of a long one. */
  readonly onFigures: (variant: string, offeredMs: number, live: LiveLoad) => void;
}

/** One variant in one round. */
export interface MeasuredRound {
  readonly round: LoadRound;
  /** What was seen of the generator's threads. */
  readonly threads: readonly ThreadRecord[];
}

/** Starts the variants afresh, warms them up, and lets them take turns; what was measured, in their order. */
export function measureRound(context: PassContext, plan: RoundPlan): Promise<readonly MeasuredRound[]> {
  return withServices(context, plan.variants, async (services) => {
    const lanes: Lane[] = [];
    try {
      // All of them must live.
      const measure = services.reduce(
        (work, service) => (signal: AbortSignal) => service.during('measure', signal, work),
        (signal: AbortSignal) => withLanes({ ...context, signal }, services, plan, lanes),
      );
      return await measure(context.signal);
    } finally {
      await Promise.all(lanes.map(({ generator }) => generator.close()));
    }
  });
}

/** Opens a lane for each service, one within the other: each has steps before and after of its own. */
function withLanes(
  context: PassContext,
  services: readonly Service[],
  plan: RoundPlan,
  lanes: Lane[],
): Promise<readonly MeasuredRound[]> {
  const { scenario, rows } = context;
  const service = services[lanes.length];
  const variant = plan.variants[lanes.length];
  if (!service || !variant) return offerLoad(context, lanes, plan);
  return betweenSteps(context, service, variant, async (start) => {
    const share = rows.shareOf(lanes.length, services.length);
    const generator = await startLoad(loadPlanOf(scenario, service, variant, { start, share, seed: plan.seed }));
    lanes.push({ name: variant.name, service, generator, cpuMs: 0, offeredMs: 0 });
    return withLanes(context, services, plan, lanes);
  });
}

async function offerLoad(
  { scenario, signal, rows }: PassContext,
  lanes: readonly Lane[],
  { order, sliceMs, onFigures }: RoundPlan,
): Promise<readonly MeasuredRound[]> {
  const { load } = scenario;
  await Promise.all(lanes.map(({ generator }) => runFor(generator, load.warmupMs, signal)));
  const requireRows = () => rows.settle(lanes.map(({ generator }) => generator));
  requireRows();
  for (const { generator } of lanes) {
    const warmup = await generator.take();
    requireAnswers(scenario, warmup);
    requireRate(scenario, warmup, await generator.takeHealth());
  }
  for (const index of order) {
    const lane = lanes[index];
    if (!lane) continue;
    const figures = async (sliceDone: number) => {
      const offeredMs = lane.offeredMs + sliceDone * sliceMs;
      onFigures(lane.name, offeredMs, await liveLoad(lane, offeredMs));
    };
    await offerSlice(lane, sliceMs, signal, figures);
    requireRows();
    await figures(1);
    lane.offeredMs += sliceMs;
  }
  return Promise.all(
    lanes.map(async ({ generator, service: { pid }, cpuMs }) => {
      const rssBytes = pid === undefined ? undefined : await processTreeRssBytes(pid);
      const round = await generator.take();
      const threads = await generator.takeHealth();
      requireRate(scenario, round, threads);
      return {
        threads,
        round: {
          ...round,
          ...(Number.isFinite(cpuMs) && { serviceCpuMs: cpuMs }),
          ...(rssBytes !== undefined && { serviceRssBytes: rssBytes }),
        },
      };
    }),
  );
}

async function liveLoad({ generator }: Lane, offeredMs: number): Promise<LiveLoad> {
  const { answered, unsuccessful, p50Ms, p95Ms } = await generator.live();
  return {
    perS: (answered * 1000) / offeredMs,
    unsuccessful,
    ...(p50Ms !== undefined && p95Ms !== undefined && { p50Ms, p95Ms }),
  };
}

/** How often figures are told within a slice; gathering them takes less than a thousandth of that. */
const figuresEveryMs = 1000;

async function offerSlice(
  lane: Lane,
  sliceMs: number,
  signal: AbortSignal,
  figures: (sliceDone: number) => Promise<void>,
): Promise<void> {
  const cpuBefore = await cpuOf(lane.service);
  const startedAt = performance.now();
  const ticker = setInterval(
    // A thread that died is told of when the load pauses.
    () => figures(Math.min(1, (performance.now() - startedAt) / sliceMs)).catch(() => undefined),
    figuresEveryMs,
  );
  try {
    await runFor(lane.generator, sliceMs, signal);
  } finally {
    clearInterval(ticker);
  }
  lane.cpuMs += (await cpuOf(lane.service)) - cpuBefore;
}

/** How often it is looked whether the data has run out. */
const lookEveryMs = 1000;

/** What is still in flight after an abort is left to `close`: a service that hangs would keep us until the timeout. */
async function runFor(generator: WatchedGenerator, durationMs: number, signal: AbortSignal): Promise<void> {
  generator.resume();
  const endsAt = performance.now() + durationMs;
  const mayRunOut = Object.keys(generator.usedRows()).length > 0;
  for (let leftMs = durationMs; leftMs > 0; leftMs = endsAt - performance.now()) {
    await wait(Math.min(leftMs, lookEveryMs), signal);
    // Threads tell with their next answer that they have run out.
    if (mayRunOut) await unlessAborted(generator.live(), signal);
    // Nobody begins any more; what the others would still do does not count.
    if (generator.exhausted() !== undefined) break;
  }
  await unlessAborted(generator.pause(), signal);
}

async function cpuOf({ pid }: Service): Promise<number> {
  return (pid === undefined ? undefined : await processTreeCpuMs(pid)) ?? Number.NaN;
}
