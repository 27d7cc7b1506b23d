import { ownBlocks, type PlanNode, planNodes } from '../model/plan-node.ts';
import { type AnalyzedPlan, count, type FaultThresholds, nameOf, type PlanFault } from './plan-fault.ts';

/** PostgreSQL's default; nearly no server is built with another. */
const blockBytes = 8192;

/** From here on the planner would have chosen another join, had it known. */
const misjudgedOuter = 10;

/** What one node does in vain; of several rules that see the same work, the first one tells it. */
const rules = [lossyBitmap, deepOffset, heapFetches, repeatedSubquery, nestedLoop, discardedRows, diskSpill] as const;

/** Work that a plan does in vain, where it takes its share of the time. */
export function wastefulWork(plan: AnalyzedPlan, thresholds: FaultThresholds): PlanFault[] {
  const minMs = thresholds.minTimeShare * plan.executionMs;
  return [...planNodes(plan.plan)].flatMap((node) => {
    for (const rule of rules) {
      const fault = rule(node, thresholds);
      if (fault && fault.costMs >= minMs) return [fault];
    }
    return [];
  });
}

function discardedRows(node: PlanNode, { minRows, minRatio }: FaultThresholds): PlanFault | undefined {
  const { actualRows, rowsRemoved = 0 } = node;
  if (actualRows === undefined || rowsRemoved < minRows) return undefined;
  if (rowsRemoved < minRatio * Math.max(1, actualRows)) return undefined;
  const what = node.relation === undefined ? 'compares' : 'reads';
  const of = node.relation === undefined ? 'pairs of rows' : 'rows';
  const conditions = node.conditions.filter((condition) => /Filter|Recheck/.test(condition));
  return {
    rule: 'discarded-rows',
    grade: 'likely',
    costMs: node.selfMs ?? 0,
    summary: `${nameOf(node)} ${what} ${count(rowsRemoved + actualRows)} ${of} to keep ${count(actualRows)}`,
    advice: `They are discarded by ${conditions.join('; ') || 'its condition'}. State that on plain columns, without a function or a cast around them, or index the expression.`,
  };
}

function diskSpill(node: PlanNode): PlanFault | undefined {
  const megabytes = (ownBlocks(node).tempWritten * blockBytes) / 1e6;
  if (megabytes <= 0) return undefined;
  const batches = node.hashBatches === undefined ? '' : `, in ${count(node.hashBatches)} batches`;
  return {
    rule: 'disk-spill',
    grade: 'proven',
    costMs: node.selfMs ?? 0,
    summary: `${nameOf(node)} spills ${megabytes.toFixed(1)} MB to disk${batches}: work_mem is too small for it`,
    // Rows take more room in memory than in a temporary file: two to three times as much.
    advice: `Sort or join fewer rows or narrower ones (LIMIT, fewer columns, an index in that order), or give this statement work_mem of ${Math.ceil(megabytes * 3)} MB.`,
  };
}

/** A bitmap without memory for single rows holds whole pages, all of whose rows are then compared again. */
function lossyBitmap(node: PlanNode, { minRows }: FaultThresholds): PlanFault | undefined {
  const { lossyBlocks = 0, exactBlocks = 0, rowsRechecked = 0 } = node;
  if (lossyBlocks === 0 || rowsRechecked < minRows) return undefined;
  return {
    rule: 'lossy-bitmap',
    grade: 'proven',
    costMs: node.selfMs ?? 0,
    summary: `${nameOf(node)} rechecks ${count(rowsRechecked)} rows: its bitmap holds ${count(lossyBlocks)} of ${count(lossyBlocks + exactBlocks)} pages as a whole, since work_mem is too small for it`,
    advice:
      'Give this statement more work_mem (twice as much, until the plan shows no lossy blocks), or find fewer rows by the index.',
  };
}

function heapFetches(node: PlanNode, { minRows }: FaultThresholds): PlanFault | undefined {
  const { heapFetches = 0, actualRows = 0, rowsRemoved = 0, relation = 'the table' } = node;
  if (heapFetches < minRows || heapFetches < (actualRows + rowsRemoved) / 2) return undefined;
  return {
    rule: 'heap-fetches',
    grade: 'likely',
    costMs: node.selfMs ?? 0,
    summary: `${nameOf(node)} reads the table for ${count(heapFetches)} of ${count(actualRows + rowsRemoved)} rows, although the index has all columns`,
    advice: `The pages are not marked as visible to all: VACUUM ${relation}, and let autovacuum come more often (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor of the table).`,
  };
}

/** LIMIT stops its input, so whatever came in beyond what went out was skipped. */
function deepOffset(node: PlanNode, { minRows }: FaultThresholds): PlanFault | undefined {
  const [input] = node.children.filter(({ part }) => part === undefined);
  if (node.type !== 'Limit' || !input) return undefined;
  const skipped = (input.actualRows ?? 0) - (node.actualRows ?? 0);
  if (skipped < minRows) return undefined;
  return {
    rule: 'deep-offset',
    grade: 'likely',
    costMs: input.totalMs ?? 0,
    summary: `OFFSET skips ${count(skipped)} rows, all of them made, to give ${count(node.actualRows ?? 0)}`,
    advice:
      'Go on from the last row of the page before (WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC), with an index in that order.',
  };
}

function repeatedSubquery(node: PlanNode, { minRows }: FaultThresholds): PlanFault | undefined {
  const { part, loops = 0 } = node;
  if (part === undefined || !part.startsWith('SubPlan') || loops < minRows) return undefined;
  return {
    rule: 'repeated-subquery',
    grade: 'likely',
    costMs: node.totalMs ?? 0,
    summary: `${part} (${nameOf(node)}) is executed ${count(loops)} times, once for each row around it`,
    advice: 'Write the subquery as a JOIN on a grouped subquery, which is executed once.',
  };
}

/** Not every nested loop over many rows is wrong: this one was planned for a tenth of them. */
function nestedLoop(node: PlanNode, { minRows }: FaultThresholds): PlanFault | undefined {
  const [outer, inner] = node.children.filter(({ part }) => part === undefined);
  if (node.type !== 'Nested Loop' || !outer || !inner) return undefined;
  const { loops = 0 } = inner;
  if (loops < minRows || (outer.actualRows ?? 0) < misjudgedOuter * Math.max(1, outer.estimatedRows)) return undefined;
  return {
    rule: 'nested-loop',
    grade: 'likely',
    costMs: inner.totalMs ?? 0,
    summary: `${nameOf(inner)} is executed ${count(loops)} times in a nested loop that was planned for ${count(outer.estimatedRows)}`,
    advice: `The estimate of ${nameOf(outer)} is wrong: ANALYZE its tables; if that does not help, CREATE STATISTICS on the columns of its conditions. Then the planner joins by a hash table.`,
  };
}
