import { type LoadGenerator, startGenerator } from '../instruments/load/generator.ts';
import { watchGenerator } from '../instruments/load/health.ts';
import { processTreeCpuMs } from '../instruments/runtime/service-cpu.ts';
import { Failure } from '../model/failure.ts';
import type { GeneratorHealth, LoadArtifact, LoadRound } from '../model/load.ts';
import { createRandom } from '../model/random.ts';
import type { Variant } from '../model/scenario.ts';
import type { Service } from '../target/service.ts';
import { wait } from '../target/wait.ts';
import { type PassContext, withServices } from './pass-context.ts';
import { sliceOrder } from './slice-order.ts';

interface RoundResult {
  readonly loads: readonly LoadRound[];
  readonly health: GeneratorHealth;
}

/**
 * The first pass, and the only source of metrics: nothing is attached to the service.
 *
 * Every round starts fresh processes of all variants, warms them up, and lets them take turns in short slices, so
 * that whatever else the machine does hits both alike. Returns one artifact per variant, by name.
 */
export async function measurePass(context: PassContext): Promise<Readonly<Record<string, LoadArtifact>>> {
  const { scenario, onProgress } = context;
  requireOwnPorts(context);
  const random = createRandom(scenario.load.seed);
  const rounds: RoundResult[] = [];
  for (let round = 0; round < scenario.load.rounds; round++) {
    onProgress({
      pass: 'measure',
      text: `round ${round + 1} of ${scenario.load.rounds}`,
      done: round / scenario.load.rounds,
    });
    const order = sliceOrder(scenario.variants.length, random);
    rounds.push(await measureRound(context, order, scenario.load.seed + round * 1000));
  }
  const health = worstHealth(rounds.map((round) => round.health));
  return Object.fromEntries(
    scenario.variants.map((variant, index) => [
      variant.name,
      {
        connections: scenario.load.connections,
        rounds: rounds.flatMap(({ loads }) => loads[index] ?? []),
        health,
        design: scenario.variants.length > 1 ? 'sliced' : 'alone',
      } satisfies LoadArtifact,
    ]),
  );
}

function measureRound(context: PassContext, order: readonly number[], seed: number): Promise<RoundResult> {
  const { scenario } = context;
  return withServices(context, scenario.variants, async (services) => {
    const generators = services.map((service, index) => generatorFor(context, service, scenario.variants[index], seed));
    const offer = offerLoad(context, services, generators, order);
    try {
      return await services.reduce((work, service) => service.during('measure', work), offer);
    } finally {
      await Promise.all(generators.map((generator) => generator.close()));
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
  context: PassContext,
  services: readonly Service[],
  generators: readonly LoadGenerator[],
  order: readonly number[],
): Promise<RoundResult> {
  const { scenario, signal } = context;
  await Promise.all(generators.map((generator) => runFor(generator, scenario.load.warmupMs, signal)));
  for (const generator of generators) requireAnswers(generator.take(), generator.lastTrouble());

  const cpuMs = services.map(() => 0);
  const watch = watchGenerator();
  for (const index of order) {
    const generator = generators[index];
    const pid = services[index]?.pid;
    if (!generator) continue;
    const cpuBefore = await cpuOf(pid);
    await runFor(generator, scenario.load.sliceMs, signal);
    cpuMs[index] = (cpuMs[index] ?? Number.NaN) + (await cpuOf(pid)) - cpuBefore;
  }
  const health = watch.stop();
  const loads = generators.map((generator, index) => {
    const used = cpuMs[index];
    return { ...generator.take(), ...(used !== undefined && Number.isFinite(used) && { serviceCpuMs: used }) };
  });
  return { loads, health };
}

async function runFor(generator: LoadGenerator, durationMs: number, signal: AbortSignal): Promise<void> {
  generator.resume();
  try {
    await wait(durationMs, signal);
  } finally {
    await generator.pause();
  }
}

/** NaN where it cannot be read: unknown is not zero. */
async function cpuOf(pid: number | undefined): Promise<number> {
  return (pid === undefined ? undefined : await processTreeCpuMs(pid)) ?? Number.NaN;
}

function requireAnswers(warmup: LoadRound, trouble: string | undefined): void {
  for (const [endpoint, { sent, answered, failed, timedOut, lost, statuses }] of Object.entries(warmup.endpoints)) {
    if (sent === 0 || answered > failed) continue;
    const seen = Object.entries(statuses).map(([status, count]) => `${count} × status ${status}`);
    if (timedOut > 0) seen.push(`${timedOut} timed out`);
    if (lost > 0) seen.push(`${lost} lost${trouble === undefined ? '' : ` (${trouble})`}`);
    throw new Failure('requests-failing', { endpoint, detail: seen.join(', ') || 'no answer' });
  }
}

function requireOwnPorts({ scenario }: PassContext): void {
  const { command, url } = scenario.target;
  if (scenario.variants.length < 2) return;
  if (command && !url.includes('${PORT}')) {
    const reason = 'two variants run side by side, so each needs a port of its own';
    const hint = 'write ${PORT} in target.url and let the service listen on the variable PORT';
    throw new Failure(
      'scenario-invalid-value',
      { path: 'target.url', reason, hint },
      { at: scenario.positions['target.url'] },
    );
  }
  if (!command && scenario.variants.some((variant) => Object.keys(variant.env).length > 0)) {
    const reason = 'a service that already runs cannot be given an environment';
    const hint = 'give target.command so that chokepoint starts it, or let the variants differ by headers';
    throw new Failure(
      'scenario-invalid-value',
      { path: 'variants', reason, hint },
      { at: scenario.positions.variants },
    );
  }
}

function worstHealth(healths: readonly GeneratorHealth[]): GeneratorHealth {
  const steal = healths.flatMap(({ stealShare }) => (stealShare === undefined ? [] : [stealShare]));
  return {
    utilization: Math.max(...healths.map((health) => health.utilization)),
    lagP99Ms: Math.max(...healths.map((health) => health.lagP99Ms)),
    ...(steal.length > 0 && { stealShare: Math.max(...steal) }),
  };
}
