import { executedWriteOf } from '../model/executed-write.ts';
import type { ExecutedWrite, TriggerTime } from '../model/plan-trials.ts';
import type { PlansArtifact } from '../model/plans.ts';
import { count, type FaultThresholds, type PlanFault } from './plan-fault.ts';

/** A write of which one trigger takes a large part. */
export interface TriggerFault {
  readonly fault: PlanFault;
  readonly write: Extract<ExecutedWrite, { status: 'executed' }>;
}

/**
 * The trigger that takes most of a captured write, where that is its share of the statement's time.
 *
 * The checks of foreign keys are triggers too. Where one is slow for want of an index, missing-index tells of it.
 */
export function triggerFault(
  plans: PlansArtifact,
  fingerprint: string,
  { minExecutionMs, minTimeShare }: Pick<FaultThresholds, 'minExecutionMs' | 'minTimeShare'>,
): TriggerFault | undefined {
  const { tables = [] } = plans;
  const write = executedWriteOf(plans, fingerprint);
  if (write?.status !== 'executed' || write.executionMs < minExecutionMs) return undefined;
  const unindexed = new Set(tables.flatMap((table) => table.unindexedReferences.map(({ name }) => name)));
  const trigger = write.triggers.find(({ constraint }) => constraint === undefined || !unindexed.has(constraint));
  if (!trigger || trigger.timeMs < minTimeShare * write.executionMs) return undefined;
  const each =
    trigger.calls > 1
      ? `, ${(trigger.timeMs / trigger.calls).toFixed(2)} ms for each of ${count(trigger.calls)} rows`
      : '';
  return {
    write,
    fault: {
      rule: 'trigger',
      grade: 'proven',
      costMs: Math.min(trigger.timeMs, write.executionMs),
      summary: `${whatOf(trigger)} takes ${trigger.timeMs.toFixed(1)} ms of the ${write.executionMs.toFixed(1)} ms of the write${each}`,
      advice: adviceFor(trigger),
    },
  };
}

function whatOf({ name, constraint, table }: TriggerTime): string {
  return constraint === undefined ? `the trigger ${name} on ${table}` : `the check of ${constraint} on ${table}`;
}

function adviceFor({ constraint, calls }: TriggerTime): string {
  if (constraint !== undefined) {
    return 'The columns on both sides have an index, so that its work is what the rows that refer to these cost: delete or change fewer at a time, or drop ON DELETE CASCADE where the rows are never there.';
  }
  return calls > 1
    ? 'Make it a trigger FOR EACH STATEMENT with transition tables (REFERENCING NEW TABLE), which runs once for all rows; or look at what its function does with EXPLAIN (auto_explain.log_nested_statements).'
    : 'Look at the statements of its function, as auto_explain.log_nested_statements shows them: an index that they want, or work that a queue could do after the COMMIT.';
}
