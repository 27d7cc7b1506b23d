import type { MetricName } from './comparison.ts';
import type { Grade, Severity } from './finding.ts';

export type LatencyMetric = 'p50' | 'p90' | 'p95' | 'p99';

/** What makes a comparison regress, and what makes the command fail. */
export interface Gate {
  readonly metric: LatencyMetric;
  /** Relative change that matters: 0.1 is ten per cent. */
  readonly margin: number;
  /** Absolute change that matters. */
  readonly floorMs: number;
  /** Share of failed requests that is tolerated: 0.001 is 0.1 %. */
  readonly errors: number;
  /** `true`: an inconclusive or untrusted comparison exits with 3, and so does a rule that cannot be told. */
  readonly certain: boolean;
  /** What must hold; a rule that is broken exits with 1. */
  readonly require: readonly GateRule[];
  /** Findings that exit with 1. */
  readonly findings: readonly FindingRule[];
}

/** What a rule can ask for: a metric, or the statements that one request runs. */
export type RuleMetric = MetricName | 'queries';

/** A line of `gate.require`. */
export interface GateRule {
  /** As it was written: `p95 of GET /orders < 250ms`. */
  readonly text: string;
  readonly metric: RuleMetric;
  /** Left out: every endpoint; of throughput, cpu and memory the whole load. */
  readonly endpoint?: string;
  /** `absolute`: of the after side, or of the only variant. `relative`: of the change from before to after. */
  readonly kind: 'absolute' | 'relative';
  readonly operator: '<' | '<=' | '>' | '>=';
  /**
   * Absolute: ms, a share (of `errors`), per second, bytes, statements. Relative: the change as `ComparedMetric` gives
   * it, 0.1 for `+10%`; of `errors` in shares too.
   */
  readonly limit: number;
}

/** An entry of `gate.findings`; a finding that answers to all of it exits with 1. */
export interface FindingRule {
  /** Left out: every audit. */
  readonly audit?: string;
  /** The least that counts. */
  readonly severity: Severity;
  readonly grade: Grade;
  /** Of a comparison: only what is new, or all that there is after. Without one every finding counts. */
  readonly scope: 'introduced' | 'all';
}
