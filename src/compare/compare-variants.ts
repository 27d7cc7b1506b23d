import {
  allEndpoints,
  type ComparedMetric,
  type Comparison,
  type ComparisonDesign,
  type Metric,
  type Verdict,
} from '../model/comparison.ts';
import type { Gate, LatencyMetric } from '../model/gate.ts';
import type { VariantRun } from '../model/run.ts';
import { holm } from '../stats/holm.ts';
import { type CompareMetric, compareMetric, compareUnpairedMetric } from './compare-metric.ts';
import { matchFindings } from './match-findings.ts';
import { latencyQuantiles } from './metrics.ts';
import { roundsNeeded } from './rounds-needed.ts';
import { withCorrectedP } from './verdict.ts';

/** One side of a comparison. */
export interface Side {
  readonly name: string;
  readonly run: Pick<VariantRun, 'metrics' | 'outcomes'>;
}

/**
 * Two variants of one run, whose rounds were measured in turns: metric by metric, then the verdict.
 *
 * For each endpoint `gate.metric` decides, or the next quantile inwards that has values on both sides, and so
 * does its error rate; the p values of all that decide are corrected together. One regressed endpoint makes the
 * comparison so; else one that cannot be told, or that had too few requests to be judged at all, makes it
 * inconclusive. Runs of their own (`separate`) are compared
 * unpaired, the others round by round.
 */
export function compareVariants(before: Side, after: Side, gate: Gate, design: ComparisonDesign): Comparison {
  const compare = design === 'separate' ? compareUnpairedMetric : compareMetric;
  const pairs = pairUp(before.run.metrics, after.run.metrics);
  const compared: ComparedMetric[] = [];
  const omitted: Comparison['omitted'][number][] = [];
  for (const { name, endpoint, metrics } of pairs) {
    const result = compareSides(metrics, gate, compare);
    if (result.status === 'compared') compared.push(result.metric);
    else omitted.push({ name, endpoint, reason: result.reason });
  }
  const endpoints = [...new Set(pairs.map((pair) => pair.endpoint))].filter((endpoint) => endpoint !== allEndpoints);
  const judgedOn = new Map(endpoints.map((endpoint) => [endpoint, decidingQuantile(endpoint, compared, gate.metric)]));
  const metrics = correct(
    compared.map((metric) => ({
      ...metric,
      gates: metric.endpoint !== allEndpoints && ['errors', judgedOn.get(metric.endpoint)].includes(metric.name),
    })),
  );
  const deciding = metrics.filter((metric) => metric.gates);
  const unjudged = endpoints.length === 0 || [...judgedOn.values()].includes(undefined);
  const verdict = overall(deciding, unjudged);
  const needed = verdict === 'INCONCLUSIVE' && !unjudged ? roundsNeeded(deciding, gate, design) : undefined;
  const resolutions = deciding.filter((metric) => metric.name !== 'errors').map((metric) => metric.resolution);
  return {
    before: before.name,
    after: after.name,
    metrics,
    omitted: omitted.map((entry) =>
      entry.name === gate.metric && judgedOn.has(entry.endpoint)
        ? { ...entry, reason: `${entry.reason}: ${consequence(judgedOn.get(entry.endpoint))}` }
        : entry,
    ),
    findings: matchFindings(before.run.outcomes, after.run.outcomes),
    resolution: resolutions.length > 0 ? Math.max(...resolutions) : null,
    verdict,
    design,
    ...(needed === undefined ? {} : { roundsNeeded: needed }),
    causes: [],
    counts: [],
    margin: gate.margin,
    floorMs: gate.floorMs,
  };
}

interface Pair extends Pick<Metric, 'name' | 'endpoint'> {
  readonly metrics: readonly [before: Metric | undefined, after: Metric | undefined];
}

/** The metrics of both sides by name and endpoint, in the order of the first side. */
function pairUp(before: readonly Metric[], after: readonly Metric[]): readonly Pair[] {
  const idOf = (metric: Metric) => JSON.stringify([metric.name, metric.endpoint]);
  const was = new Map(before.map((metric) => [idOf(metric), metric]));
  const is = new Map(after.map((metric) => [idOf(metric), metric]));
  return [...new Map([...was, ...is])].map(([id, { name, endpoint }]) => ({
    name,
    endpoint,
    metrics: [was.get(id), is.get(id)],
  }));
}

function compareSides([before, after]: Pair['metrics'], gate: Gate, compare: CompareMetric) {
  if (before && after) return compare(before, after, gate);
  return { status: 'omitted', reason: `measured ${before ? 'before' : 'after'} only` } as const;
}

const quantileNames = Object.keys(latencyQuantiles) as readonly LatencyMetric[];

/** The quantile that decides for an endpoint; `undefined` where none from `wanted` inwards could be compared. */
function decidingQuantile(
  endpoint: string,
  compared: readonly ComparedMetric[],
  wanted: LatencyMetric,
): LatencyMetric | undefined {
  return quantileNames
    .slice(quantileNames.indexOf(wanted))
    .find((name) => compared.some((metric) => metric.endpoint === endpoint && metric.name === name));
}

function consequence(judgedOn: LatencyMetric | undefined): string {
  return judgedOn ? `judged on ${judgedOn}` : 'this endpoint is not judged';
}

/**
 * Holm's correction over the metrics that decide.
 *
 * A metric whose values all agree (no errors on either side) could not raise an alarm whatever its signs, so it
 * does not count (Tarone, 1990, https://doi.org/10.2307/2531456): otherwise every quiet error rate would cost
 * the latencies power.
 */
function correct(metrics: readonly ComparedMetric[]): readonly ComparedMetric[] {
  const family = metrics.filter((metric) => metric.gates && metric.p < 1);
  const corrected = new Map(holm(family.map(({ p }) => p)).map((p, index) => [family[index], p]));
  return metrics.map((metric) => {
    const p = corrected.get(metric);
    return p === undefined ? metric : { ...metric, p, verdict: withCorrectedP(metric.verdict, p) };
  });
}

function overall(deciding: readonly ComparedMetric[], unjudged: boolean): Verdict {
  const verdicts = new Set(deciding.map((metric) => metric.verdict));
  if (verdicts.has('REGRESSED')) return 'REGRESSED';
  if (unjudged || verdicts.has('INCONCLUSIVE')) return 'INCONCLUSIVE';
  return verdicts.has('IMPROVED') ? 'IMPROVED' : 'OK';
}
