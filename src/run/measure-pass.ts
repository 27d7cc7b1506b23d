import { type LoadGenerator, startGenerator } from '../instruments/load/generator.ts';
import { createGeneratorWatch, type GeneratorWatch } from '../instruments/load/health.ts';
import { raisePriority } from '../instruments/load/priority.ts';
import { processTreeCpuMs } from '../instruments/runtime/service-cpu.ts';
import { Failure, type SourcePosition } from '../model/failure.ts';
import type { LoadArtifact, LoadRound } from '../model/load.ts';
import { createRandom } from '../model/random.ts';
import type { Scenario, Variant } from '../model/scenario.ts';
import type { Service } from '../target/service.ts';
import { unlessAborted, wait } from '../target/wait.ts';
import { type PassContext, withServices } from './pass-context.ts';
import { sliceOrder } from './slice-order.ts';

/** One variant in one round: its own process and the load that goes to it. */
interface Lane {
  readonly service: Service;
  readonly generator: LoadGenerator;
  /** CPU time of the service in its slices; NaN where it cannot be read: unknown is not zero. */
  cpuMs: number;
}

/**
 * The first pass, and the only source of metrics: nothing is attached to the service.
 *
 * Every round starts fresh processes of all variants, warms them up, and lets them take turns in short slices, so
 * that whatever else the machine does hits both alike. Returns one artifact per variant, by name.
 */
export async function measurePass(context: PassContext): Promise<Readonly<Record<string, LoadArtifact>>> {
  const { scenario, onProgress } = context;
  const random = createRandom(scenario.load.seed);
  const watch = createGeneratorWatch();
  const rounds: (readonly LoadRound[])[] = [];
  for (let round = 0; round < scenario.load.rounds; round++) {
    onProgress({
      pass: 'measure',
      text: `round ${round + 1} of ${scenario.load.rounds}`,
      done: round / scenario.load.rounds,
    });
    const order = sliceOrder(scenario.variants.length, random);
    rounds.push(await measureRound(context, order, scenario.load.seed + round, watch));
  }
  return Object.fromEntries(
    scenario.variants.map((variant, index) => [
      variant.name,
      {
        connections: scenario.load.connections,
        rounds: rounds.flatMap((loads) => loads[index] ?? []),
        health: watch.health(),
        design: scenario.variants.length > 1 ? 'sliced' : 'alone',
      } satisfies LoadArtifact,
    ]),
  );
}

function measureRound(
  context: PassContext,
  order: readonly number[],
  seed: number,
  watch: GeneratorWatch,
): Promise<readonly LoadRound[]> {
  const { variants } = context.scenario;
  return withServices(context, variants, async (services) => {
    const lanes = services.map((service, index): Lane => {
      const generator = generatorFor(context, service, variants[index], seed);
      return { service, generator, cpuMs: 0 };
    });
    try {
      const offer = (signal: AbortSignal) => offerLoad({ ...context, signal }, lanes, order, watch);
      // All of them must live.
      const measure = services.reduce(
        (work, service) => (signal: AbortSignal) => service.during('measure', signal, work),
        offer,
      );
      return await measure(context.signal);
    } finally {
      await Promise.all(lanes.map(({ generator }) => generator.close()));
    }
  });
}

function generatorFor(
  { scenario }: PassContext,
  service: Service,
  variant: Variant | undefined,
  seed: number,
): LoadGenerator {
  return startGenerator({
    url: service.url,
    flows: scenario.flows,
    data: scenario.data,
    connections: scenario.load.connections,
    timeoutMs: scenario.load.timeoutMs,
    headers: variant?.headers ?? {},
    seed,
  });
}

async function offerLoad(
  { scenario, signal }: PassContext,
  lanes: readonly Lane[],
  order: readonly number[],
  watch: GeneratorWatch,
): Promise<readonly LoadRound[]> {
  const { load } = scenario;
  await Promise.all(lanes.map(({ generator }) => runFor(generator, load.warmupMs, signal)));
  for (const { generator } of lanes) requireAnswers(scenario, generator.take(), generator.lastTrouble());

  const restorePriority = raisePriority();
  try {
    for (const index of order) {
      const lane = lanes[index];
      if (lane) await offerSlice(lane, load.sliceMs, watch, signal);
    }
  } finally {
    restorePriority();
  }
  return lanes.map(({ generator, cpuMs }) => ({
    ...generator.take(),
    ...(Number.isFinite(cpuMs) && { serviceCpuMs: cpuMs }),
  }));
}

async function offerSlice(lane: Lane, sliceMs: number, watch: GeneratorWatch, signal: AbortSignal): Promise<void> {
  const cpuBefore = await cpuOf(lane.service);
  watch.resume();
  try {
    await runFor(lane.generator, sliceMs, signal);
  } finally {
    watch.pause();
  }
  lane.cpuMs += (await cpuOf(lane.service)) - cpuBefore;
}

/** What is still in flight after an abort is left to `close`: a service that hangs would keep us until the timeout. */
async function runFor(generator: LoadGenerator, durationMs: number, signal: AbortSignal): Promise<void> {
  generator.resume();
  await wait(durationMs, signal);
  await unlessAborted(generator.pause(), signal);
}

async function cpuOf({ pid }: Service): Promise<number> {
  return (pid === undefined ? undefined : await processTreeCpuMs(pid)) ?? Number.NaN;
}

/** An endpoint that never answers as expected in the warm-up has nothing to be measured. */
function requireAnswers(scenario: Scenario, warmup: LoadRound, trouble: string | undefined): void {
  for (const [endpoint, { sent, answered, failed, timedOut, lost, statuses }] of Object.entries(warmup.endpoints)) {
    if (sent === 0 || answered > failed) continue;
    const seen = Object.entries(statuses).map(([status, count]) => `${count} × status ${status}`);
    if (timedOut > 0) seen.push(`${timedOut} timed out`);
    if (lost > 0) seen.push(`${lost} lost${trouble === undefined ? '' : ` (${trouble})`}`);
    const detail = seen.join(', ') || 'no answer';
    throw new Failure('requests-failing', { endpoint, detail }, { at: positionOf(scenario, endpoint) });
  }
}

/** Where the endpoint is requested first. */
function positionOf({ flows, positions }: Scenario, endpoint: string): SourcePosition | undefined {
  const places = flows.flatMap(({ steps }, flow) =>
    steps.flatMap((step, index) =>
      step.kind === 'request' && step.endpoint === endpoint ? [positions[`flows.${flow}.steps.${index}`]] : [],
    ),
  );
  return places[0];
}
