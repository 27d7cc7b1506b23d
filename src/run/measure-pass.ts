import { healthOf, type ThreadRecord } from '../instruments/load/health.ts';
import { startLoad } from '../instruments/load/threaded-generator.ts';
import type { WatchedGenerator } from '../instruments/load/watched-generator.ts';
import { processTreeCpuMs } from '../instruments/runtime/service-cpu.ts';
import type { LoadArtifact, LoadRound } from '../model/load.ts';
import { createRandom } from '../model/random.ts';
import type { LoadModel } from '../model/scenario.ts';
import type { Service } from '../target/service.ts';
import { unlessAborted, wait } from '../target/wait.ts';
import { type PassContext, withServices } from './pass-context.ts';
import type { LiveLoad } from './progress.ts';
import { requireAnswers } from './require-answers.ts';
import { betweenSteps, loadPlanOf } from './service-load.ts';
import { planSlices, sliceOrder } from './slice-order.ts';

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

/**
 * The first pass, and the only source of metrics: nothing is attached to the service.
 *
 * Every round starts fresh processes of all variants, warms them up, and lets them take turns in short slices, so
 * that whatever else the machine does hits both alike. Returns one artifact per variant, by name.
 */
export async function measurePass(context: PassContext): Promise<Readonly<Record<string, LoadArtifact>>> {
  const { scenario, onProgress } = context;
  const { load, variants, target } = scenario;
  const random = createRandom(load.seed);
  const stretches = new Map(variants.map(({ name }): [string, (readonly ThreadRecord[])[]] => [name, []]));
  const slices = planSlices(load, variants.length);
  const rounds: (readonly LoadRound[])[] = [];
  for (let round = 0; round < load.rounds; round++) {
    const text = `round ${round + 1}/${load.rounds}`;
    onProgress({ pass: 'measure', text });
    const order = sliceOrder(variants.length, slices.slices, random);
    rounds.push(
      await measureRound(context, {
        order,
        sliceMs: slices.sliceMs,
        seed: load.seed + round,
        stretches,
        onFigures: (variant, offeredMs, live) =>
          onProgress({
            pass: 'measure',
            text: [text, ...(variants.length > 1 ? [variant] : []), ...phaseAt(load.model, offeredMs)].join(', '),
            live,
          }),
      }),
    );
  }
  return Object.fromEntries(
    variants.map((variant, index) => [
      variant.name,
      {
        model: load.model,
        rounds: rounds.flatMap((loads) => loads[index] ?? []),
        health: healthOf(stretches.get(variant.name) ?? []),
        design: variants.length > 1 ? 'sliced' : 'alone',
        insecure: target.tls?.insecure ?? false,
      } satisfies LoadArtifact,
    ]),
  );
}

interface RoundPlan {
  /** Whose turn it is, slice by slice. */
  readonly order: readonly number[];
  readonly sliceMs: number;
  readonly seed: number;
  /** By variant: what was seen of the generator's threads in each round, to be added to. */
  readonly stretches: ReadonlyMap<string, (readonly ThreadRecord[])[]>;
  /** Told between slices, and each second of a long one. */
  readonly onFigures: (variant: string, offeredMs: number, live: LiveLoad) => void;
}

function measureRound(context: PassContext, plan: RoundPlan): Promise<readonly LoadRound[]> {
  const { variants } = context.scenario;
  return withServices(context, variants, async (services) => {
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
): Promise<readonly LoadRound[]> {
  const { scenario, rows } = context;
  const service = services[lanes.length];
  const variant = scenario.variants[lanes.length];
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
  { order, sliceMs, stretches, onFigures }: RoundPlan,
): Promise<readonly LoadRound[]> {
  const { load } = scenario;
  await Promise.all(lanes.map(({ generator }) => runFor(generator, load.warmupMs, signal)));
  const requireRows = () => rows.settle(lanes.map(({ generator }) => generator));
  requireRows();
  for (const { generator } of lanes) {
    requireAnswers(scenario, await generator.take());
    await generator.takeHealth();
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
  for (const { name, generator } of lanes) stretches.get(name)?.push(await generator.takeHealth());
  return Promise.all(
    lanes.map(async ({ generator, cpuMs }) => ({
      ...(await generator.take()),
      ...(Number.isFinite(cpuMs) && { serviceCpuMs: cpuMs }),
    })),
  );
}

/** The name of the phase, or its rate, in which so much of the counted load was offered. */
function phaseAt(model: LoadModel, offeredMs: number): readonly string[] {
  if (model.kind === 'closed') return [];
  let endMs = 0;
  for (const { warmup, durationMs, name, fromPerS, toPerS } of model.phases) {
    if (warmup) continue;
    endMs += durationMs ?? Number.POSITIVE_INFINITY;
    if (offeredMs <= endMs) return [name ?? (fromPerS === toPerS ? `${fromPerS}/s` : `${fromPerS} to ${toPerS}/s`)];
  }
  return [];
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
