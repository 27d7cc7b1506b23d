import type { Calibration, Spread } from '../model/calibration.ts';
import type { ComparedMetric, Comparison, MetricName } from '../model/comparison.ts';
import type { Gate, LatencyMetric } from '../model/gate.ts';
import { pairedResolution } from '../stats/effect.ts';
import { changeText } from './change-text.ts';
import { finestLatencyRatio } from './compare-metric.ts';
import { latencyQuantiles } from './metrics.ts';
import { scatterOf } from './scatter.ts';

/** As many as a scenario usually has, at the least, by default, and at the most. */
const usualRounds = [6, 8, 12] as const;

/** Margins that one would write. */
const writtenPercents = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 75];

type Figures = Pick<Calibration, 'spreads' | 'omitted' | 'margins' | 'falseAlarms'>;

/** What the comparison of a variant with itself shows of the machine: how its figures scatter, and which margin that allows. */
export function calibrationFigures(comparison: Comparison, gate: Pick<Gate, 'floorMs'>): Figures {
  const spreads = comparison.metrics.filter(isLatency).map(spreadOf);
  const isAlarm = ({ gates, verdict }: ComparedMetric) => gates && (verdict === 'REGRESSED' || verdict === 'IMPROVED');
  return {
    spreads,
    omitted: comparison.omitted.filter(isLatency),
    margins: usualRounds.flatMap((rounds) => {
      const coarsest = coarsestResolution(spreads, rounds, gate.floorMs);
      if (coarsest === undefined) return [];
      return [{ rounds, ...(coarsest > 0 && { margin: roundedUp(coarsest) }) }];
    }),
    falseAlarms: comparison.metrics.filter(isAlarm).map(changeText),
  };
}

/** Smallest change that so many rounds of this scatter tell with 80 % power. */
export function resolutionAfter(sd: number, rounds: number): number {
  return Math.max(Math.expm1(pairedResolution(sd, rounds)), finestLatencyRatio);
}

/**
 * The coarsest resolution of the latencies that decide; `undefined` where there is none.
 *
 * One whose change would stay below the floor does not stand in the way of any margin, as in a verdict; 0 where that is
 * so of all of them.
 */
export function coarsestResolution(spreads: readonly Spread[], rounds: number, floorMs: number): number | undefined {
  const deciding = spreads.filter(({ gates }) => gates);
  if (deciding.length === 0 || rounds < 2) return undefined;
  const changes = deciding.map(({ sd, valueMs }) => {
    const change = resolutionAfter(sd, rounds);
    return change * valueMs < floorMs ? 0 : change;
  });
  return Math.max(...changes);
}

function isLatency<T extends { readonly name: MetricName }>(metric: T): metric is T & { readonly name: LatencyMetric } {
  return Object.hasOwn(latencyQuantiles, metric.name);
}

function spreadOf(metric: ComparedMetric & { readonly name: LatencyMetric }): Spread {
  const { sd } = scatterOf(metric);
  return {
    endpoint: metric.endpoint,
    name: metric.name,
    valueMs: metric.before,
    sd,
    resolutions: usualRounds.map((rounds) => ({ rounds, change: resolutionAfter(sd, rounds) })),
    gates: metric.gates,
  };
}

/** To a margin that one would write; from 75 % on to whole multiples. */
function roundedUp(change: number): number {
  const percent = change * 100;
  return (writtenPercents.find((written) => percent <= written) ?? Math.ceil(change) * 100) / 100;
}
