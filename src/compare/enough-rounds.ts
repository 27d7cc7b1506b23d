import { alpha, type ComparedMetric } from '../model/comparison.ts';
import type { Gate } from '../model/gate.ts';
import type { LoadRound } from '../model/load.ts';
import { limitsOf } from './compare-metric.ts';
import { compareVariants } from './compare-variants.ts';
import { metricsOf } from './metrics.ts';

/**
 * The fewest rounds that can prove a change of any of so many endpoints: n rounds give no p below 2⁻ⁿ, and all
 * endpoints share one error budget.
 */
export function roundsToProve(endpoints: number): number {
  return Math.ceil(Math.log2(Math.max(1, endpoints) / alpha));
}

/**
 * Whether these rounds of both variants suffice: there are enough to prove a change, and of each latency that decides
 * the half width of the interval is at most half of what the gate lets pass: as wide as that the interval of
 * identical code would reach over the margin half of the time, and raise three times the false alarms.
 *
 * Only the width is looked at and never where the interval lies, so that a run does not end when it likes what it sees.
 * A latency that too few requests leave without a value gets none from more rounds: it is not waited for.
 */
export function areEnoughRounds(
  [before, after]: readonly [before: readonly LoadRound[], after: readonly LoadRound[]],
  gate: Gate,
): boolean {
  const [first, second] = [before, after].map((rounds, side) => ({
    name: String(side),
    run: { metrics: metricsOf({ rounds }), outcomes: {} },
  }));
  if (!first || !second) return false;
  const { metrics } = compareVariants(first, second, gate, 'sliced');
  const endpoints = new Set(before.flatMap((round) => Object.keys(round.endpoints)));
  return (
    before.length >= roundsToProve(endpoints.size) &&
    metrics.filter(({ gates, name }) => gates && name !== 'errors').every((metric) => isPrecise(metric, gate))
  );
}

function isPrecise(metric: ComparedMetric, gate: Gate): boolean {
  const [low, high] = metric.interval;
  const halfWidth = (Math.log1p(high) - Math.log1p(low)) / 2;
  return halfWidth <= limitsOf(metric, gate).worse / 2;
}
