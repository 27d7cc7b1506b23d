import type { ComparedMetric, Metric } from '../model/comparison.ts';
import { Failure } from '../model/failure.ts';
import type { Gate } from '../model/gate.ts';
import { type Effect, pairedEffect, unpairedEffect } from '../stats/effect.ts';
import { type Limits, verdictOf } from './verdict.ts';

export type MetricComparison =
  | { readonly status: 'compared'; readonly metric: ComparedMetric }
  | { readonly status: 'omitted'; readonly reason: string };

export type CompareMetric = (before: Metric, after: Metric, gate: Gate) => MetricComparison;

/**
 * One metric before and after, where round i of both was measured in turns.
 *
 * Each round gives ln(after) − ln(before), so whatever the machine did to both in that round drops out. p is
 * not yet corrected for other metrics, and `gates` is false. Throws `runs-not-comparable` where the rounds do
 * not pair up.
 */
export function compareMetric(before: Metric, after: Metric, gate: Gate): MetricComparison {
  if (before.rounds.length !== after.rounds.length) {
    const lengths = `${before.rounds.length} rounds before and ${after.rounds.length} after`;
    throw new Failure('runs-not-comparable', { reason: `${before.endpoint} has ${lengths}, which do not pair up` });
  }
  return judge(before, after, gate, pairedEffect);
}

/**
 * Spread in ln between two measurements of identical code that were taken one after the other: with it a stored
 * baseline looks more than 10 % off 46 % of the time, as it did in 40 such runs on shared two-core machines.
 */
const driftSd = 0.13;

/** Units of what depends on how fast the machine is just now; bytes and errors do not. */
export const drifting: ReadonlySet<Metric['unit']> = new Set(['ms', 'req/s', 'µs/req']);

/**
 * One metric of two runs that were made at different times; they may have different numbers of rounds.
 *
 * The machine between the runs changes by more than the rounds of either can show, so figures of time carry an
 * allowance for that drift in their interval and resolution: they tell changes of a quarter, not of a tenth.
 */
export function compareUnpairedMetric(before: Metric, after: Metric, gate: Gate): MetricComparison {
  const drift = drifting.has(before.unit) ? driftSd : 0;
  return judge(before, after, gate, (first, second) => unpairedEffect(first, second, drift));
}

/** How the values of a metric become effects in which more is worse, and back. */
interface Scale {
  readonly of: (value: number) => number;
  readonly back: (effect: number) => number;
  readonly resolution: (effect: number) => number;
  readonly limits: Limits;
}

type EffectOf = (before: readonly number[], after: readonly number[]) => Effect | undefined;

function judge(before: Metric, after: Metric, gate: Gate, effectOf: EffectOf): MetricComparison {
  const values = [complete(before), complete(after)] as const;
  if (values[0] === undefined || values[1] === undefined || before.value === null || after.value === null) {
    return { status: 'omitted', reason: tooFewRequests(before, after) };
  }
  if (before.name !== 'errors' && [...values[0], ...values[1]].some((value) => !(value > 0))) {
    return { status: 'omitted', reason: `${before.name} is 0 in a round, and a change from or to 0 is no ratio` };
  }
  const scale = before.name === 'errors' ? shareScale(before, gate) : ratioScale(before, before.value, gate);
  const effect = effectOf(values[0].map(scale.of), values[1].map(scale.of));
  if (effect === undefined) {
    return { status: 'omitted', reason: 'one round shows no spread: two or more are needed' };
  }
  const ends = [scale.back(effect.mean - effect.halfWidth), scale.back(effect.mean + effect.halfWidth)] as const;
  const metric: ComparedMetric = {
    name: before.name,
    endpoint: before.endpoint,
    unit: before.unit,
    better: before.better,
    before: before.value,
    after: after.value,
    change: scale.back(effect.mean),
    interval: [Math.min(...ends), Math.max(...ends)],
    p: effect.p,
    resolution: scale.resolution(effect.resolution),
    rounds: Math.min(before.rounds.length, after.rounds.length),
    verdict: verdictOf(effect, scale.limits),
    gates: false,
  };
  return { status: 'compared', metric };
}

/** Two latencies are told apart by the buckets of their histograms, so no finer than twice 0.8 %. */
export const finestLatencyRatio = 0.016;

/**
 * Ratios become differences of logarithms, the sign so that more is worse.
 *
 * A latency matters from the margin or from the floor on, whichever is more: 15 % of 0.4 ms is nothing that a
 * user of a 1 ms floor wants to hear of, and therefore cannot stand in the way of `OK` either.
 */
function ratioScale(metric: Metric, before: number, gate: Gate): Scale {
  const direction = metric.better === 'lower' ? 1 : -1;
  return {
    of: (value) => direction * Math.log(value),
    back: (effect) => Math.expm1(direction * effect),
    resolution: (effect) => Math.max(Math.expm1(effect), metric.unit === 'ms' ? finestLatencyRatio : 0),
    limits: limitsOf({ ...metric, before }, gate),
  };
}

/** From which effect on a change of the metric matters, on the scale of {@link pairedEffect}. */
export function limitsOf(
  { name, unit, before }: Pick<ComparedMetric, 'name' | 'unit' | 'before'>,
  gate: Pick<Gate, 'errors' | 'margin' | 'floorMs'>,
): Limits {
  if (name === 'errors') return { worse: gate.errors, better: gate.errors };
  const margin = Math.log1p(gate.margin);
  const floor = unit === 'ms' ? gate.floorMs / before : 0;
  return {
    worse: Math.max(margin, Math.log1p(floor)),
    // A latency cannot improve by more than itself.
    better: floor < 1 ? Math.max(margin, -Math.log1p(-floor)) : Number.POSITIVE_INFINITY,
  };
}

/**
 * Error rates are compared by their difference, because the healthy one is 0 and has no ratio; what matters is
 * `gate.errors`, an absolute share, and neither margin nor floor.
 */
function shareScale(metric: Metric, gate: Gate): Scale {
  return {
    of: (percent) => percent / 100,
    back: (effect) => effect,
    resolution: (effect) => effect,
    limits: limitsOf({ ...metric, before: 0 }, gate),
  };
}

/** The values of all rounds, or `undefined` where one is missing: rounds are never dropped. */
function complete(metric: Metric): readonly number[] | undefined {
  const known = metric.rounds.filter((value) => value !== null);
  return known.length === metric.rounds.length ? known : undefined;
}

function tooFewRequests(before: Metric, after: Metric): string {
  if (before.rounds.length === 0 || after.rounds.length === 0) return 'no round was measured';
  const needed = before.requestsNeeded ?? after.requestsNeeded;
  const seen = [before.requestsSeen, after.requestsSeen].filter((count) => count !== undefined);
  if (needed === undefined) return `${before.name} is unknown in a round`;
  const had = seen.length > 0 ? `, had ${Math.min(...seen)}` : '';
  return `${before.name} needs ${needed} ${needed === 1 ? 'request' : 'requests'} per round${had}`;
}
