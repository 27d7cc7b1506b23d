import { defineAudit } from '../model/audit.ts';
import { type Evidence, type Finding, severityOfSaving } from '../model/finding.ts';
import type { PlansArtifact } from '../model/plans.ts';
import { callsPerRequest } from '../model/queries.ts';
import { notExplained } from './explained.ts';
import { wantedIndex } from './index-gain.ts';
import { missingIndex } from './missing-index.ts';
import type { AnalyzedPlan, PlanFault, PlanRule } from './plan-fault.ts';
import { planFaults } from './plan-faults.ts';
import { type TriggerFault, triggerFault } from './trigger-time.ts';

/** Each fault is told once: `offset-pagination` sees the page behind the OFFSET, too. */
const toldElsewhere: readonly PlanRule[] = ['deep-offset'];

/**
 * A statement is executed in a way that wastes most of its time, for another reason than a missing index.
 *
 * `minExecutionMs` is 5: the plan of a fast statement does not matter. `minRows` is 10,000 and `minRatio` 100: fewer
 * rows are read from memory in a millisecond, and estimates are off by ten every day. `minTimeShare` is 0.3: what
 * takes less than a third of the statement is not what makes it slow.
 */
export const inefficientPlan = defineAudit({
  id: 'inefficient-plan',
  technique: 'indexing',
  title: 'Plans do not waste work',
  failureTitle: 'A plan reads, sorts or guesses far more than it needs',
  why: 'Rows that are read and thrown away, sorts that spill to disk and wrong estimates cost time on every call.',
  fix: 'Rewrite the condition so that an index can answer it, raise work_mem for the sort, or ANALYZE the table.',
  requires: ['queries', 'plans'],
  defaults: { minExecutionMs: 5, minRows: 10_000, minRatio: 100, minTimeShare: 0.3 },
  relax: ({ minExecutionMs, minRows, minRatio, minTimeShare }) => ({
    minExecutionMs: minExecutionMs / 2,
    minRows: minRows / 2,
    minRatio: minRatio / 2,
    minTimeShare: minTimeShare / 2,
  }),

  run({ queries, plans }, options) {
    const reason = notExplained(queries, plans);
    if (reason) return { inconclusive: reason };
    return callsPerRequest(queries).flatMap(({ endpoint, statement, calls }) => {
      const { fingerprint, normalized } = statement;
      const slow = triggerFault(plans, fingerprint, options);
      if (slow) return [triggerFinding({ endpoint, calls, sql: normalized }, slow)];
      const plan = plans.statements.find((explained) => explained.fingerprint === fingerprint);
      if (plan?.status !== 'analyzed') return [];
      // What an index mends is reported by missing-index, once.
      if (wantedIndex(plans, { fingerprint, calls }, missingIndex.defaults)) return [];
      const [fault] = planFaults(plan, options, plans.tables).filter(({ rule }) => !toldElsewhere.includes(rule));
      return fault ? [toFinding({ endpoint, calls, sql: normalized }, plan, fault, plans)] : [];
    });
  },
});

interface Use {
  readonly endpoint: string;
  readonly calls: number;
  readonly sql: string;
}

function toFinding(use: Use, plan: AnalyzedPlan, fault: PlanFault, plans: PlansArtifact): Finding {
  return findingOf(use, plan.fingerprint, fault, plan.roundTripMs, [
    {
      kind: 'plan',
      label: `plan, median of ${plan.runsMs.length} executions: ${plan.executionMs.toFixed(1)} ms`,
      plan: plan.plan,
    },
    { kind: 'text', text: fault.advice },
    ...whyNoIndex(plan, fault, plans),
  ]);
}

function triggerFinding(use: Use, { fault, write }: TriggerFault): Finding {
  const rows = write.rows === 'others' ? ', with other rows than the captured ones, which were gone' : '';
  return findingOf(use, write.fingerprint, fault, write.executionMs, [
    {
      kind: 'table',
      label: `on a copy of the database, rolled back: median of ${write.runs} executions${rows}`,
      columns: ['trigger', 'table', 'calls', 'ms'],
      rows: write.triggers.map(({ name, constraint, table, calls, timeMs }) => [
        constraint ?? name,
        table,
        calls,
        Number(timeMs.toFixed(3)),
      ]),
    },
    { kind: 'plan', label: 'plan of the write itself', plan: write.plan },
    { kind: 'fix', label: 'what to do', language: 'text', text: fault.advice },
  ]);
}

/** @param callMs - time of one execution */
function findingOf(
  { endpoint, calls, sql }: Use,
  fingerprint: string,
  { rule, grade, summary, costMs }: PlanFault,
  callMs: number,
  evidence: readonly Evidence[],
): Finding {
  return {
    key: `inefficient-plan|${endpoint}|${fingerprint}|${rule}`,
    audit: 'inefficient-plan',
    endpoint,
    // The time of the fault bounds what can be gained; the gain itself is unknown, so no saving is given.
    severity: severityOfSaving(costMs * calls),
    grade,
    summary,
    evidence: [{ kind: 'statement', label: 'the statement', sql, calls, totalMs: callMs * calls }, ...evidence],
  };
}

function whyNoIndex({ fingerprint }: AnalyzedPlan, { rule }: PlanFault, plans: PlansArtifact): readonly Evidence[] {
  if (rule !== 'discarded-rows') return [];
  const none = plans.trials.find((trial) => trial.fingerprint === fingerprint && trial.status === 'none');
  if (none?.status === 'none') return [{ kind: 'text', text: `No plain index would help: ${none.reason}.` }];
  const tried = plans.trials.some((trial) => trial.fingerprint === fingerprint && trial.status === 'tried');
  return tried ? [{ kind: 'text', text: 'An index on its plain columns was tried and did not help.' }] : [];
}
