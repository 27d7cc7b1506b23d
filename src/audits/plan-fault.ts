import type { Grade } from '../model/finding.ts';
import type { PlanNode } from '../model/plan-node.ts';
import type { StatementPlan } from '../model/plans.ts';

export type AnalyzedPlan = Extract<StatementPlan, { status: 'analyzed' }>;

export type PlanRule =
  | 'discarded-rows'
  | 'disk-spill'
  | 'lossy-bitmap'
  | 'repeated-subquery'
  | 'nested-loop'
  | 'heap-fetches'
  | 'deep-offset'
  | 'jit'
  | 'planning-time'
  | 'trigger'
  | 'stale-statistics'
  | 'misestimate';

/** One way in which an executed plan wastes work. */
export interface PlanFault {
  readonly rule: PlanRule;
  readonly grade: Grade;
  readonly summary: string;
  /** What to do about this one. */
  readonly advice: string;
  /** The time at stake, of one execution: a bound of what can be gained. */
  readonly costMs: number;
}

export interface FaultThresholds {
  readonly minExecutionMs: number;
  readonly minRows: number;
  readonly minRatio: number;
  /** Share of the statement's execution time that the fault itself must take. */
  readonly minTimeShare: number;
}

/** As plans call it: `Seq Scan on orders`. */
export function nameOf({ type, relation }: PlanNode): string {
  return relation === undefined ? type : `${type} on ${relation}`;
}

export function count(rows: number): string {
  return Math.round(rows).toLocaleString('en');
}
