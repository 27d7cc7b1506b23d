import type { Finding } from './finding.ts';

/** `REGRESSED`, `IMPROVED`, within the margin (`OK`), or not to be told from these measurements. */
export type Verdict = 'REGRESSED' | 'IMPROVED' | 'OK' | 'INCONCLUSIVE';

export type MetricName = 'p50' | 'p90' | 'p95' | 'p99' | 'throughput' | 'errors' | 'bytes' | 'cpu' | 'memory';

/** The chance of a false alarm that a verdict accepts: a change is called one up to this p. */
export const alpha = 0.05;

/** The endpoint label of a metric that holds for the whole load. */
export const allEndpoints = '(all)';

/** One metric of one endpoint: a value per round, in the order of the rounds. */
export interface Metric {
  readonly name: MetricName;
  readonly endpoint: string;
  readonly unit: 'ms' | 'req/s' | '%' | 'B/req' | 'µs/req' | 'MB';
  readonly better: 'lower' | 'higher';
  /** `null`: that round had too few requests for this quantile. */
  readonly rounds: readonly (number | null)[];
  /** Geometric mean over the rounds, of `errors` their mean; `null` where a round has no value. */
  readonly value: number | null;
  /** Requests per round that the metric needs; given where `value` is `null`. */
  readonly requestsNeeded?: number;
  /** Requests in the round that had the fewest; given beside `requestsNeeded`. */
  readonly requestsSeen?: number;
}

export interface ComparedMetric {
  readonly name: MetricName;
  readonly endpoint: string;
  readonly unit: Metric['unit'];
  readonly better: Metric['better'];
  readonly before: number;
  readonly after: number;
  /**
   * after ÷ before − 1, from the mean of the rounds' log ratios; of `errors` the difference of the two shares
   * instead (0.02 is two percentage points), as are its `interval` and `resolution`.
   */
  readonly change: number;
  /** 90 % confidence interval of `change`. */
  readonly interval: readonly [low: number, high: number];
  /** One-sided p of the exact sign-flip test; after Holm's correction where the metric gates. */
  readonly p: number;
  /** Smallest relative change that these rounds can tell with 80 % power. */
  readonly resolution: number;
  readonly rounds: number;
  readonly verdict: Verdict;
  /** Whether this metric decides the endpoint's verdict. */
  readonly gates: boolean;
}

/** How the rounds of the two sides lie in time: see `LoadArtifact.design`; `separate` are two runs. */
export type ComparisonDesign = 'sliced' | 'blocks' | 'separate';

/** What other passes show of an endpoint that changed: the most likely reason first. */
export interface Cause {
  readonly endpoint: string;
  readonly kind: 'statements' | 'plan' | 'cpu' | 'payload' | 'connections';
  /** A clause with the figures: `statements per request 3 → 53, of which 50 are …`. */
  readonly summary: string;
  /** How much of the change of one request it explains by itself, in ms, with its sign; left out where that is unknown. */
  readonly explainsMs?: number;
}

/** A figure that was counted in the other passes and not measured in rounds: exact, and without an interval. */
export interface ComparedCount {
  readonly name: 'queries';
  readonly endpoint: string;
  /** Per request. */
  readonly before: number;
  readonly after: number;
}

export interface Comparison {
  readonly before: string;
  readonly after: string;
  readonly metrics: readonly ComparedMetric[];
  /** Metrics that could not be compared, with the reason. */
  readonly omitted: readonly { readonly name: MetricName; readonly endpoint: string; readonly reason: string }[];
  readonly findings: {
    readonly fixed: readonly Finding[];
    readonly remaining: readonly Finding[];
    readonly introduced: readonly Finding[];
  };
  /** Coarsest resolution among the gating latencies; `null` where no latency could be compared. */
  readonly resolution: number | null;
  readonly verdict: Verdict;
  readonly design: ComparisonDesign;
  /** Of an inconclusive comparison: rounds in all that would probably tell, by the scatter seen; left out where none would. */
  readonly roundsNeeded?: number;
  /** Of the endpoints that regressed or improved. */
  readonly causes: readonly Cause[];
  readonly counts: readonly ComparedCount[];
  readonly margin: number;
  readonly floorMs: number;
}
