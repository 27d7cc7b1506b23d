import { defineAudit } from '../model/audit.ts';
import { type Finding, severityOfSaving } from '../model/finding.ts';
import { type PlanNode, planNodes, type StatementPlan } from '../model/plans.ts';
import { callsPerRequest } from '../model/queries.ts';

type AnalyzedPlan = Extract<StatementPlan, { status: 'analyzed' }>;

interface Fault {
  readonly rule: 'discarded-rows' | 'disk-spill' | 'misestimate';
  readonly node: PlanNode;
  readonly text: string;
  readonly grade: Finding['grade'];
}

/**
 * A statement is executed in a way that wastes most of its time, for another reason than a missing index.
 *
 * `minExecutionMs` is 5: the plan of a fast statement does not matter. `minRows` is 10,000 and `minRatio` 100: row
 * counts below that are read from memory in a millisecond, and estimates are off by ten every day.
 */
export const inefficientPlan = defineAudit({
  id: 'inefficient-plan',
  technique: 'indexing',
  title: 'Plans do not waste work',
  failureTitle: 'A plan reads, sorts or guesses far more than it needs',
  why: 'Rows that are read and thrown away, sorts that spill to disk and wrong estimates cost time on every call.',
  fix: 'Rewrite the condition so that it can be answered by an index, raise work_mem for the sort, or ANALYZE the table.',
  requires: ['queries', 'plans'],
  defaults: { minExecutionMs: 5, minRows: 10_000, minRatio: 100, minTimeShare: 0.3 },

  run({ queries, plans }, options) {
    if (plans.statements.length === 0) return { inconclusive: 'no statement was explained' };
    const helped = new Set(
      plans.trials.flatMap((trial) =>
        trial.status === 'tried' && trial.used && trial.afterMs < trial.beforeMs ? [trial.fingerprint] : [],
      ),
    );
    return callsPerRequest(queries).flatMap(({ endpoint, statement, calls }) => {
      const plan = plans.statements.find(({ fingerprint }) => fingerprint === statement.fingerprint);
      if (plan?.status !== 'analyzed' || plan.executionMs < options.minExecutionMs) return [];
      // What a tried index mends is reported by missing-index, once.
      if (helped.has(statement.fingerprint)) return [];
      return [...planNodes(plan.plan)]
        .flatMap((node) => faultsOf(node, plan, options))
        .slice(0, 1)
        .map((fault) => toFinding(endpoint, calls, statement.normalized, plan, fault));
    });
  },
});

function faultsOf(
  node: PlanNode,
  plan: AnalyzedPlan,
  { minRows, minRatio, minTimeShare }: { minRows: number; minRatio: number; minTimeShare: number },
): readonly Fault[] {
  const faults: Fault[] = [];
  const { actualRows, rowsRemoved = 0, selfMs = 0, relation, type } = node;
  const place = relation ? `${type} on ${relation}` : type;
  if (
    node.tempWrittenBlocks !== undefined &&
    node.tempWrittenBlocks > 0 &&
    /^(Sort|Incremental Sort|Hash|Aggregate|Materialize)/.test(type)
  ) {
    const megabytes = (node.tempWrittenBlocks * 8) / 1024;
    faults.push({
      rule: 'disk-spill',
      node,
      grade: 'proven',
      text: `${place} spills ${megabytes.toFixed(1)} MB to disk: work_mem is too small for it`,
    });
  }
  if (actualRows === undefined) return faults;
  if (
    rowsRemoved >= minRows &&
    rowsRemoved >= minRatio * Math.max(1, actualRows) &&
    selfMs >= minTimeShare * plan.executionMs
  ) {
    faults.push({
      rule: 'discarded-rows',
      node,
      grade: 'likely',
      text: `${place} reads ${(rowsRemoved + actualRows).toLocaleString('en')} rows to keep ${actualRows.toLocaleString('en')}`,
    });
  }
  const ratio = Math.max(actualRows, 1) / Math.max(node.estimatedRows, 1);
  const farOff = ratio >= minRatio || ratio <= 1 / minRatio;
  if (farOff && Math.max(actualRows, node.estimatedRows) >= minRows && !belowLimit(plan.plan)) {
    faults.push({
      rule: 'misestimate',
      node,
      grade: 'possible',
      text: `${place} was planned for ${node.estimatedRows.toLocaleString('en')} rows and gave ${actualRows.toLocaleString('en')}`,
    });
  }
  return faults;
}

/** Under a LIMIT nodes stop early: fewer rows than planned are then no misestimate. */
function belowLimit(root: PlanNode): boolean {
  return [...planNodes(root)].some(({ type }) => type === 'Limit');
}

function toFinding(endpoint: string, calls: number, sql: string, plan: AnalyzedPlan, fault: Fault): Finding {
  return {
    key: `inefficient-plan|${endpoint}|${plan.fingerprint}|${fault.rule}`,
    audit: 'inefficient-plan',
    endpoint,
    // The time of the whole statement bounds what can be gained; the gain itself is unknown, so no saving is given.
    severity: severityOfSaving(plan.executionMs * calls * 0.5),
    grade: fault.grade,
    summary: fault.text,
    evidence: [
      { kind: 'statement', label: 'the statement', sql, calls, totalMs: plan.roundTripMs * calls },
      {
        kind: 'plan',
        label: `plan, median of ${plan.runsMs.length} executions: ${plan.executionMs.toFixed(1)} ms`,
        plan: plan.plan,
      },
    ],
  };
}
