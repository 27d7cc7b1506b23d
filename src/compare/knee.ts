import type { CapacityPlan, CapacityStep, Knee, SearchEnd } from '../model/capacity.ts';
import type { RequestCounts } from '../model/load.ts';

/** What the search goes by, each with its reason. */
export const kneeLimits = {
  /** Busier than this, the generator's own queue is part of what it measures. */
  generatorUtilization: 0.85,
  /** What fails more often than once in twenty requests serves nobody. */
  errors: 0.05,
  /** Two doublings that together bring less are within what windows of a few seconds differ by. */
  growth: 0.05,
  /** A goodput that lies so far below the best is not the noise of one window. */
  fall: 0.1,
  /** Up to sixteen connections at least: with fewer points neither a fall nor the law can be told from noise. */
  fewestDoublings: 5,
  /** The knee is the least number of connections with this share of the best goodput. */
  shareOfPeak: 0.95,
  /** Points between the last good and the first bad number of connections. */
  refinements: 3,
} as const;

/** The number of connections to be tried after `steps`, the doublings so far; see {@link endOfSearch} for when to stop. */
export function nextConnections(steps: readonly CapacityStep[], { maxConnections }: CapacityPlan): number {
  const last = steps.at(-1);
  return last ? Math.min(last.connections * 2, maxConnections) : 1;
}

/** Why no further doubling is to be tried; `undefined` while the goodput may still grow. */
export function endOfSearch(steps: readonly CapacityStep[], { maxConnections }: CapacityPlan): SearchEnd | undefined {
  const last = steps.at(-1);
  if (!last) return undefined;
  // What was answered wrongly is the service's doing, also where refusals come faster than they can be sent.
  if (last.failed > kneeLimits.errors * last.due) return 'errors';
  if (isGeneratorBound(last)) return 'generator';
  if (last.objectiveMet === false) return 'objective';
  if (errorShare(last) > kneeLimits.errors) return 'errors';
  if (last.connections >= maxConnections) return isFlat(steps) ? 'flat' : 'most-connections';
  if (steps.length < kneeLimits.fewestDoublings) return undefined;
  if (last.goodputPerS < (1 - kneeLimits.fall) * peakOf(steps)) return 'fell';
  return isFlat(steps) ? 'flat' : undefined;
}

/** Whether the last two doublings together brought nothing to speak of. */
function isFlat(steps: readonly CapacityStep[]): boolean {
  const [before, ...doublings] = steps.slice(-3);
  if (!before || doublings.length < 2) return false;
  return peakOf(doublings) < (1 + kneeLimits.growth) * before.goodputPerS;
}

/** Numbers of connections to be tried besides, between the last that was good and the first that was not. */
export function refinedConnections(steps: readonly CapacityStep[], end: SearchEnd): readonly number[] {
  const good = steps.filter(isGood);
  const last = steps.at(-1);
  const lastGood = good.at(-1);
  if (end === 'generator' || !last || !lastGood) return [];
  if (end === 'objective' || end === 'errors') return between(lastGood.connections, last.connections);
  if (end === 'fell') return between(bestOf(good).connections, last.connections);
  const full = smallestFull(good);
  const below = good[good.indexOf(full) - 1];
  return below ? between(below.connections, full.connections) : [];
}

function between(low: number, high: number): readonly number[] {
  const parts = kneeLimits.refinements + 1;
  const points = Array.from({ length: kneeLimits.refinements }, (_, index) =>
    Math.round(low + ((high - low) * (index + 1)) / parts),
  );
  return [...new Set(points)].filter((point) => point > low && point < high);
}

/**
 * The least number of connections that reaches {@link kneeLimits.shareOfPeak} of the best goodput, among the steps that
 * met the objective without too many errors; `steps` in the order of their connections.
 *
 * `undefined` where the generator was the limit, where no step was good, and where the goodput still grew.
 */
export function kneeOf(steps: readonly CapacityStep[], end: SearchEnd): Knee | undefined {
  const good = steps.filter(isGood);
  if (end === 'generator' || good.length === 0) return undefined;
  const full = smallestFull(good);
  if (end === 'most-connections' && full === steps.at(-1)) return undefined;
  const { connections, goodputPerS, p95Ms } = full;
  return { connections, goodputPerS, ...(p95Ms !== undefined && { p95Ms }) };
}

/** Whether its figures count: objective met, few errors, and measured by a generator that had time to spare. */
export function isGood(step: CapacityStep): boolean {
  return (
    step.objectiveMet !== false &&
    errorShare(step) <= kneeLimits.errors &&
    !isGeneratorBound(step) &&
    step.goodputPerS > 0
  );
}

export function isGeneratorBound({ generator }: Pick<CapacityStep, 'generator'>): boolean {
  return generator.utilization > kneeLimits.generatorUtilization;
}

/** Share of the requests that did not end as expected. */
export function errorShare({ due, answered, failed }: RequestCounts): number {
  return due > 0 ? (due - answered + failed) / due : 1;
}

function peakOf(steps: readonly CapacityStep[]): number {
  return Math.max(...steps.map(({ goodputPerS }) => goodputPerS));
}

function bestOf(good: readonly CapacityStep[]): CapacityStep {
  return good.reduce((best, step) => (step.goodputPerS > best.goodputPerS ? step : best));
}

function smallestFull(good: readonly CapacityStep[]): CapacityStep {
  const wanted = kneeLimits.shareOfPeak * peakOf(good);
  return good.find(({ goodputPerS }) => goodputPerS >= wanted) ?? bestOf(good);
}
