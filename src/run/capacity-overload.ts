import { healthOf } from '../instruments/load/health.ts';
import { startLoad } from '../instruments/load/threaded-generator.ts';
import type { WatchedGenerator } from '../instruments/load/watched-generator.ts';
import type { Knee, Overload, OverloadSecond, Recovery } from '../model/capacity.ts';
import { Failure } from '../model/failure.ts';
import type { LoadRound } from '../model/load.ts';
import type { OpenModel } from '../model/load-spec.ts';
import type { Scenario } from '../model/scenario.ts';
import { mergeStored, quantileOfStored } from '../stats/histogram.ts';
import { unlessAborted, wait } from '../target/wait.ts';
import { sampleRefusals } from './capacity-refusals.ts';
import { countsOf, type LoadedService, sumByName } from './capacity-step.ts';
import { loadPlanOf } from './service-load.ts';

/** Half as much again as the service can do: what is too much shows within seconds, and nobody is buried under it. */
const overloadFactor = 1.5;
/** A load that a healthy service does with ease. */
const recoveryFactor = 0.5;
/** Above, the system's own limits on open files are met before those of the service. */
const mostConnections = 2000;
const fewestConnections = 64;

/** Offered beyond the whole seconds, since the generator's clock may begin a little late. */
const marginMs = 50;

/** Services besides the generator that draw rows of `unique` data while the overload lasts. */
const lanes = { overload: 0, recovery: 1, refusals: 2, count: 3 } as const;

/**
 * Offers more than the service can do, by the clock and so whatever it answers, and then half of what it can.
 *
 * @param peakPerS - the most that any good step got done, a little above the knee
 */
export async function overloadService(loaded: LoadedService, knee: Knee, peakPerS: number): Promise<Overload> {
  const { plan, service, signal } = loaded;
  const durationMs = Math.min(10_000, Math.max(3000, Math.round((plan.stepMs * 5) / 3 / 1000) * 1000));
  const offeredPerS = peakPerS * overloadFactor;
  // Enough for the queue to be that of the service and not that of the generator.
  const backlog = (offeredPerS - peakPerS) * (durationMs / 1000);
  const connections = Math.round(Math.min(mostConnections, Math.max(fewestConnections, 4 * knee.connections, backlog)));
  const generator = await startOpen(loaded, offeredPerS, connections, lanes.overload);
  const refusals = sampleRefusals(loaded, loaded.rows.shareOf(lanes.refusals, lanes.count));
  let recovered: Recovered | undefined;
  let died: string | undefined;
  const startedAt = performance.now();
  try {
    try {
      recovered = await service.during('capacity', signal, async (during) => {
        generator.resume();
        await wait(durationMs + marginMs, during);
        const drained = settledAfter(generator);
        // Where the service dies meanwhile, nobody waits for it any more.
        drained.catch(() => undefined);
        await refusals.stop();
        return recover({ ...loaded, signal: during }, knee, connections, drained);
      });
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'service-died') throw error;
      died = (error as Failure<'service-died'>).detail.how;
      await unlessAborted(generator.pause(), signal);
    }
    const lastedMs = died === undefined ? durationMs : Math.min(durationMs, performance.now() - startedAt);
    const round = await generator.take();
    const health = healthOf([await generator.takeHealth()]);
    loaded.rows.settle([generator]);
    const seconds = secondsOf(round, Math.min(lastedMs, round.durationMs));
    return {
      offeredPerS,
      durationMs: lastedMs,
      mostConnections: connections,
      counts: countsOf(round),
      statuses: sumByName(Object.values(round.endpoints).map(({ statuses }) => statuses)),
      troubles: sumByName(Object.values(round.endpoints).map(({ troubles }) => troubles)),
      seconds,
      goodputPerS: goodputOf(round, seconds),
      drainMs: recovered?.drainMs ?? 0,
      generator: health,
      refusals: await refusals.stop(),
      ...(recovered && { recovery: recovered.recovery }),
      ...(died !== undefined && { died }),
    };
  } finally {
    await refusals.stop();
    await generator.close();
  }
}

interface Recovered {
  readonly recovery: Recovery;
  readonly drainMs: number;
}

/** The little load begins at once, so that the service is never idle, and counts when the overload is worked off. */
async function recover(
  loaded: LoadedService,
  knee: Knee,
  connections: number,
  drained: Promise<number>,
): Promise<Recovered> {
  const { plan, signal } = loaded;
  const offeredPerS = knee.goodputPerS * recoveryFactor;
  const generator = await startOpen(loaded, offeredPerS, connections, lanes.recovery);
  try {
    generator.resume();
    const drainMs = await unlessAborted(drained, signal);
    await unlessAborted(generator.pause(), signal);
    await generator.take();
    generator.resume();
    await wait(Math.max(1500, plan.stepMs), signal);
    await unlessAborted(generator.pause(), signal);
    const round = await generator.take();
    const { answered, failed } = countsOf(round);
    const p95Us = quantileOfStored(mergeStored(Object.values(round.endpoints).map((cell) => cell.responseTime)), 0.95);
    return {
      drainMs,
      recovery: {
        offeredPerS,
        goodputPerS: round.durationMs > 0 ? ((answered - failed) * 1000) / round.durationMs : 0,
        ...(p95Us !== undefined && { p95Ms: p95Us / 1000 }),
      },
    };
  } finally {
    await generator.close();
  }
}

async function settledAfter(generator: WatchedGenerator): Promise<number> {
  const endedAt = performance.now();
  await generator.pause();
  return performance.now() - endedAt;
}

function startOpen(
  { scenario, service, variant, start, rows }: LoadedService,
  requestsPerS: number,
  connections: number,
  lane: number,
): Promise<WatchedGenerator> {
  const perS = requestsPerS / requestsPerWalk(scenario);
  const model: OpenModel = {
    kind: 'open',
    phases: [{ fromPerS: perS, toPerS: perS, warmup: false }],
    arrivals: 'even',
    connections,
  };
  const share = rows.shareOf(lane, lanes.count);
  return startLoad(loadPlanOf(scenario, service, variant, { start, share, seed: scenario.load.seed + lane, model }));
}

/** On the mean over the flows, by their weights: arrivals are walks, and the knee is told in requests. */
function requestsPerWalk({ flows }: Scenario): number {
  const weight = flows.reduce((sum, flow) => sum + flow.weight, 0);
  const requests = flows.reduce(
    (sum, flow) => sum + flow.weight * flow.steps.filter(({ kind }) => kind === 'request').length,
    0,
  );
  return weight > 0 && requests > 0 ? requests / weight : 1;
}

/**
 * The whole seconds in which the overload was offered; what was settled later is in the counts alone.
 *
 * At the end the clock of the load stands still while its backlog is worked off, all of which falls into one second.
 */
function secondsOf({ seconds }: LoadRound, lastedMs: number): readonly OverloadSecond[] {
  return seconds
    .filter(({ second }) => (second + 1) * 1000 <= lastedMs)
    .map(({ second, endpoints }) => {
      const cells = Object.values(endpoints);
      const p50Us = quantileOfStored(mergeStored(cells.map(({ responseTime }) => responseTime)), 0.5);
      return {
        second,
        answered: cells.reduce((sum, { answered }) => sum + answered, 0),
        unsuccessful: cells.reduce((sum, { unsuccessful }) => sum + unsuccessful, 0),
        ...(p50Us !== undefined && { p50Ms: p50Us / 1000 }),
      };
    });
}

/**
 * Answers as expected per second, from the second second on, when the load had arrived.
 *
 * A second does not tell answers that failed from requests that got none, so that the share of the whole is taken.
 */
function goodputOf(round: LoadRound, seconds: readonly OverloadSecond[]): number {
  const { answered, failed } = countsOf(round);
  const last = seconds.at(-1)?.second;
  const counted = seconds.filter(({ second }) => second > 0);
  if (last === undefined || last === 0 || answered === 0) return 0;
  const perS = counted.reduce((sum, second) => sum + second.answered, 0) / last;
  return (perS * (answered - failed)) / answered;
}
