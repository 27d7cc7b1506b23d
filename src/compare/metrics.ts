import { allEndpoints, type Metric, type MetricName } from '../model/comparison.ts';
import type { LatencyMetric } from '../model/gate.ts';
import type { EndpointRound, LoadArtifact, LoadRound } from '../model/load.ts';
import { quantileOfStored } from '../stats/histogram.ts';
import { geometricMean, mean, median } from '../stats/summary.ts';

/** The latency quantiles, from the tail inwards: the order in which one stands in for another. */
export const latencyQuantiles = { p99: 0.99, p95: 0.95, p90: 0.9, p50: 0.5 } as const satisfies Readonly<
  Record<LatencyMetric, number>
>;

/**
 * How many requests of a round must lie above a quantile for it to be given: 10 requests for p50, 50 for p90, 100
 * for p95, 500 for p99.
 *
 * The round is the unit of replication, so a comparison stays valid with any number: what chance adds to one
 * round's quantile is in the spread between rounds, and so in the interval. That is √(q(1−q)/N) ÷ (x·f(x)) in ln:
 * 0.10 (p99) to 0.18 (p90) with five requests above it and an exponential tail, of the size of the 0.09 by which
 * rounds of one and the same code differ anyway. Fewer, and the p95 of a round is little else than its slowest
 * request.
 */
const requestsAbove = 5;

/** The requests that one round needs for a quantile. */
export function requestsNeeded(name: LatencyMetric): number {
  return Math.round(requestsAbove / (1 - latencyQuantiles[name]));
}

/**
 * The metrics of a measure pass: for each endpoint p50, p90, p95, p99 (ms), throughput (requests per second that
 * were answered as expected), errors (% of those due that failed, timed out, were lost or never sent) and bytes (per
 * answer); for all of them together throughput and, where they are known in every round, cpu (µs of the service per
 * answer) and memory (MB that the service holds at the end of a round).
 */
export function metricsOf(load: Pick<LoadArtifact, 'rounds'>): readonly Metric[] {
  const endpoints = [...new Set(load.rounds.flatMap((round) => Object.keys(round.endpoints)))];
  return [
    ...endpoints.flatMap((endpoint) => metricsOfEndpoint(endpoint, load.rounds)),
    metric('throughput', allEndpoints, load.rounds.map(throughputOf)),
    ...cpuMetric(load.rounds),
    ...memoryMetric(load.rounds),
  ];
}

function metricsOfEndpoint(endpoint: string, rounds: readonly LoadRound[]): readonly Metric[] {
  const cells = rounds.map((round) => round.endpoints[endpoint]);
  const perRound = (value: (cell: EndpointRound) => number | null) => cells.map((cell) => (cell ? value(cell) : null));
  const fewest = (count: (cell: EndpointRound) => number) =>
    Math.min(...cells.map((cell) => (cell === undefined ? 0 : count(cell))));
  return [
    ...(['p50', 'p90', 'p95', 'p99'] as const).map((name) =>
      metric(
        name,
        endpoint,
        perRound((cell) => quantileMs(cell, name)),
        { needed: requestsNeeded(name), seen: fewest((cell) => cell.responseTime.count) },
      ),
    ),
    metric(
      'throughput',
      endpoint,
      rounds.map(({ durationMs }, index) => perSecond(succeeded(cells[index]), durationMs)),
    ),
    metric(
      'errors',
      endpoint,
      perRound((cell) => (cell.due > 0 ? (100 * unsuccessful(cell)) / cell.due : null)),
      { needed: 1, seen: fewest((cell) => cell.due) },
    ),
    metric(
      'bytes',
      endpoint,
      perRound((cell) => (cell.answered > 0 ? cell.bytes / cell.answered : null)),
      { needed: 1, seen: fewest((cell) => cell.answered) },
    ),
  ];
}

/** Requests of one round that did not end as the scenario expects. */
export function unsuccessful(cell: EndpointRound): number {
  return cell.failed + cell.timedOut + cell.lost + cell.unsent;
}

function succeeded(cell: EndpointRound | undefined): number {
  return cell === undefined ? 0 : cell.answered - cell.failed;
}

function quantileMs(cell: EndpointRound, name: LatencyMetric): number | null {
  if (cell.responseTime.count < requestsNeeded(name)) return null;
  const us = quantileOfStored(cell.responseTime, latencyQuantiles[name]);
  return us === undefined ? null : us / 1000;
}

function throughputOf(round: LoadRound): number | null {
  const answers = Object.values(round.endpoints).reduce((sum, cell) => sum + succeeded(cell), 0);
  return perSecond(answers, round.durationMs);
}

function perSecond(count: number, durationMs: number): number | null {
  return durationMs > 0 ? (count * 1000) / durationMs : null;
}

function cpuMetric(rounds: readonly LoadRound[]): readonly Metric[] {
  const answered = rounds.map((round) => Object.values(round.endpoints).reduce((sum, cell) => sum + cell.answered, 0));
  if (rounds.length === 0 || rounds.some((round) => round.serviceCpuMs === undefined)) return [];
  const values = rounds.map(({ serviceCpuMs = 0 }, index) => {
    const count = answered[index] ?? 0;
    return count > 0 ? (serviceCpuMs * 1000) / count : null;
  });
  return [metric('cpu', allEndpoints, values, { needed: 1, seen: Math.min(...answered) })];
}

function memoryMetric(rounds: readonly LoadRound[]): readonly Metric[] {
  const known = rounds.flatMap(({ serviceRssBytes }) => (serviceRssBytes === undefined ? [] : [serviceRssBytes / 1e6]));
  return rounds.length === 0 || known.length < rounds.length ? [] : [metric('memory', allEndpoints, known)];
}

const units = {
  p50: 'ms',
  p90: 'ms',
  p95: 'ms',
  p99: 'ms',
  throughput: 'req/s',
  errors: '%',
  bytes: 'B/req',
  cpu: 'µs/req',
  memory: 'MB',
} as const satisfies Readonly<Record<MetricName, Metric['unit']>>;

function metric(
  name: MetricName,
  endpoint: string,
  rounds: readonly (number | null)[],
  requests?: { readonly needed: number; readonly seen: number },
): Metric {
  const known = rounds.filter((value) => value !== null);
  // A round is never left out: its absence would say nothing of why it is missing.
  const value = known.length === rounds.length ? (centreOf(name, known) ?? null) : null;
  return {
    name,
    endpoint,
    unit: units[name],
    better: name === 'throughput' ? 'higher' : 'lower',
    rounds,
    value,
    ...(value === null && requests ? { requestsNeeded: requests.needed, requestsSeen: requests.seen } : {}),
  };
}

/**
 * The figure that stands for all rounds, by which those of two variants differ as much as the comparison says: it
 * compares error rates by their difference, all else by the ratio.
 */
function centreOf(name: MetricName, rounds: readonly number[]): number | undefined {
  return name === 'errors' ? mean(rounds) : (geometricMean(rounds) ?? median(rounds));
}
