import { allEndpoints, type ComparedMetric, type Metric, type MetricName, type Verdict } from '../model/comparison.ts';
import { createRandom } from '../model/random.ts';

/** What one endpoint of the sample run does: p95 before and after, in ms, and requests per second. */
export interface SampleEndpoint {
  readonly endpoint: string;
  readonly p95Ms: readonly [before: number, after: number];
  readonly throughput: readonly [before: number, after: number];
  /** Too few requests for a p99 in one round. */
  readonly rare?: boolean;
}

export const sampleEndpoints: readonly SampleEndpoint[] = [
  { endpoint: 'GET /orders', p95Ms: [84.2, 11.8], throughput: [38.4, 221] },
  { endpoint: 'GET /users/:userId/sessions/active', p95Ms: [92.6, 93.4], throughput: [31.2, 30.9], rare: true },
  { endpoint: 'GET /report', p95Ms: [47.1, 46.8], throughput: [24.7, 24.8], rare: true },
  { endpoint: 'GET /customers/:customerId', p95Ms: [2.31, 2.29], throughput: [412, 415] },
];

const units = { p50: 'ms', p95: 'ms', p99: 'ms', throughput: 'req/s', errors: '%' } as const;
type SampleName = keyof typeof units;

/** Eight rounds around `value`, the same for the same seed. */
function roundsAround(value: number, seed: number): readonly number[] {
  const random = createRandom(seed);
  return Array.from({ length: 8 }, () => value * (1 + (random() - 0.5) * 0.14));
}

const median = (values: readonly number[]) => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
};

/** The metrics of one variant of the sample run; `side` is 0 for before and 1 for after. */
export function sampleMetrics(side: 0 | 1): readonly Metric[] {
  return [...endpointMetrics(side), ...wholeLoadMetrics(side)];
}

function wholeLoadMetrics(side: 0 | 1): readonly Metric[] {
  const throughput = roundsAround(side === 0 ? 506 : 692, 601 + side);
  const cpu = roundsAround(side === 0 ? 5_120 : 3_740, 701 + side);
  const memory = roundsAround(side === 0 ? 96.2 : 98.1, 801 + side);
  return [
    {
      name: 'throughput',
      endpoint: allEndpoints,
      unit: 'req/s',
      better: 'higher',
      rounds: throughput,
      value: median(throughput),
    },
    { name: 'cpu', endpoint: allEndpoints, unit: 'µs/req', better: 'lower', rounds: cpu, value: median(cpu) },
    { name: 'memory', endpoint: allEndpoints, unit: 'MB', better: 'lower', rounds: memory, value: median(memory) },
  ];
}

function endpointMetrics(side: 0 | 1): readonly Metric[] {
  return sampleEndpoints.flatMap(({ endpoint, p95Ms, throughput, rare }, index) => {
    const metric = (name: SampleName, value: number, seed: number): Metric => {
      const rounds = roundsAround(value, seed * 100 + index * 10 + side);
      return {
        name,
        endpoint,
        unit: units[name],
        better: name === 'throughput' ? 'higher' : 'lower',
        rounds,
        value: median(rounds),
      };
    };
    const missing: Metric = {
      name: 'p99',
      endpoint,
      unit: 'ms',
      better: 'lower',
      rounds: Array.from({ length: 8 }, () => null),
      value: null,
      requestsNeeded: 5000,
      requestsSeen: 124,
    };
    return [
      metric('p50', p95Ms[side] * 0.71, 1),
      metric('p95', p95Ms[side], 2),
      rare ? missing : metric('p99', p95Ms[side] * 1.34, 3),
      metric('throughput', throughput[side], 4),
      metric('errors', 0, 5),
    ];
  });
}

/** Every metric that both sides have, compared as the rounds' log ratios; 1.895 is t(.95, 7). */
export function sampleComparedMetrics(): readonly ComparedMetric[] {
  const after = sampleMetrics(1);
  return sampleMetrics(0).flatMap((before) => {
    const other = after.find(({ name, endpoint }) => name === before.name && endpoint === before.endpoint);
    if (!other || before.value === null || other.value === null || before.name === 'errors') return [];
    const logs = before.rounds.map((value, round) => Math.log((other.rounds[round] ?? 1) / (value ?? 1)));
    const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
    const deviation = Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1));
    const half = (1.895 * deviation) / Math.sqrt(logs.length);
    return [
      {
        name: before.name,
        endpoint: before.endpoint,
        unit: before.unit,
        better: before.better,
        before: before.value,
        after: other.value,
        change: Math.expm1(mean),
        interval: [Math.expm1(mean - half), Math.expm1(mean + half)] as const,
        p: Math.abs(mean) > 0.5 ? 0.0039 : 0.42,
        resolution: Math.expm1(((1.895 + 0.896) * deviation) / Math.sqrt(logs.length)),
        rounds: logs.length,
        verdict: verdictOf(before.name, before.better === 'lower' ? -mean : mean),
        gates: before.name === 'p95',
      },
    ];
  });
}

function verdictOf(name: MetricName, gain: number): Verdict {
  if (name === 'errors' || Math.abs(gain) < 0.1) return 'OK';
  return gain > 0 ? 'IMPROVED' : 'REGRESSED';
}
