import { executedWriteOf } from '../model/executed-write.ts';
import type { IndexTrial } from '../model/plan-trials.ts';
import type { PlansArtifact, StatementPlan } from '../model/plans.ts';
import type { StatementRating } from '../model/statement-rating.ts';
import { wantedIndex } from './index-gain.ts';
import { inefficientPlan } from './inefficient-plan.ts';
import { missingIndex } from './missing-index.ts';
import { planFaults } from './plan-faults.ts';
import { triggerFault } from './trigger-time.ts';

/** Rates each explained statement by the rules of the audits, for those who have no run: once, whatever calls it. */
export function rateStatements(plans: PlansArtifact): readonly StatementRating[] {
  return plans.statements.map((statement) => rate(statement, plans));
}

function rate(statement: StatementPlan, plans: PlansArtifact): StatementRating {
  const { fingerprint } = statement;
  const trials = plans.trials.filter((trial) => trial.fingerprint === fingerprint);
  const index = indexAdvice(trials, plans, fingerprint);
  const advice = index === undefined ? {} : { index: index.text };
  if (statement.status !== 'analyzed') {
    return rateWrite(fingerprint, plans) ?? { fingerprint, rating: 'unknown', faults: [], ...advice };
  }
  const faults = planFaults(statement, inefficientPlan.defaults, plans.tables).map(({ grade, summary, advice }) => ({
    grade,
    summary,
    advice,
  }));
  return {
    fingerprint,
    rating: faults.length > 0 || index?.isWanted ? 'faulty' : 'fine',
    totalMs: Math.min(statement.planningMs + statement.executionMs, statement.roundTripMs),
    faults,
    ...advice,
  };
}

/** A write that was executed on a copy: by its triggers, and by the checks of foreign keys that want an index. */
function rateWrite(fingerprint: string, plans: PlansArtifact): StatementRating | undefined {
  const { tables = [] } = plans;
  const write = executedWriteOf(plans, fingerprint);
  if (write?.status !== 'executed') return undefined;
  const slow = triggerFault(plans, fingerprint, inefficientPlan.defaults);
  const keys = tables.flatMap(({ unindexedReferences }) => unindexedReferences);
  const checks = (write.references ?? []).flatMap(({ name, afterMs }) => {
    const key = keys.find((each) => each.name === name);
    if (!key || write.executionMs - afterMs < missingIndex.defaults.minGainMs) return [];
    const summary = `${key.table} is read for the check of ${name}: with an index on (${key.columns.join(', ')}) the write takes ${afterMs.toFixed(2)} ms instead of ${write.executionMs.toFixed(2)} ms`;
    return [{ grade: 'proven' as const, summary, advice: key.ddl }];
  });
  const faults = [
    ...checks,
    ...(slow ? [{ grade: slow.fault.grade, summary: slow.fault.summary, advice: slow.fault.advice }] : []),
  ];
  return { fingerprint, rating: faults.length > 0 ? 'faulty' : 'fine', totalMs: write.executionMs, faults };
}

function indexAdvice(
  trials: readonly IndexTrial[],
  plans: PlansArtifact,
  fingerprint: string,
): { readonly isWanted: boolean; readonly text: string } | undefined {
  const wanted = wantedIndex(plans, { fingerprint, calls: 1 }, missingIndex.defaults);
  if (wanted) return { isWanted: true, text: wanted.ddl };
  const reasons = trials.map(whyNot);
  return reasons.length === 0 ? undefined : { isWanted: false, text: `none: ${[...new Set(reasons)].join('; ')}` };
}

function whyNot(trial: IndexTrial): string {
  if (trial.status === 'none' || trial.status === 'untried') return trial.reason;
  const on = `(${trial.columns.join(', ')})`;
  if (!trial.used) return `one on ${on} was tried, and the planner did not use it`;
  return trial.status === 'estimated'
    ? `one on ${on} would lower the cost from ${trial.costBefore.toFixed(0)} to ${trial.costAfter.toFixed(0)} only`
    : `one on ${on} was tried, and ${trial.beforeMs.toFixed(2)} → ${trial.afterMs.toFixed(2)} ms is too small a gain`;
}
