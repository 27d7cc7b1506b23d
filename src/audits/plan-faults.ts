import type { Grade } from '../model/finding.ts';
import type { PlanNode, StatementPlan } from '../model/plans.ts';

type AnalyzedPlan = Extract<StatementPlan, { status: 'analyzed' }>;

/** One way in which a node of an executed plan wastes work. */
export interface PlanFault {
  readonly rule: 'discarded-rows' | 'disk-spill' | 'misestimate';
  readonly node: PlanNode;
  readonly grade: Grade;
  readonly summary: string;
  /** What to do about this one. */
  readonly advice: string;
}

export interface FaultThresholds {
  readonly minRows: number;
  readonly minRatio: number;
  /** Share of the statement's execution time that the node itself must take. */
  readonly minTimeShare: number;
}

/** PostgreSQL's default; nearly no server is built with another. */
const blockBytes = 8192;

/** The faults of a plan: wasted work by the time of its node, then wrong estimates, which are only a reason. */
export function planFaults(plan: AnalyzedPlan, thresholds: FaultThresholds): readonly PlanFault[] {
  const minSelfMs = thresholds.minTimeShare * plan.executionMs;
  const waste = [...nodesWithParent(plan.plan)]
    .filter(({ node }) => (node.selfMs ?? 0) >= minSelfMs)
    .flatMap(({ node }) => discardedRows(node, thresholds) ?? diskSpill(node) ?? [])
    .sort((a, b) => (b.node.selfMs ?? 0) - (a.node.selfMs ?? 0));
  return [...waste, ...misestimates(plan.plan, thresholds)];
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
    node,
    grade: 'likely',
    summary: `${nameOf(node)} ${what} ${count(rowsRemoved + actualRows)} ${of} to keep ${count(actualRows)}`,
    advice: `They are discarded by ${conditions.join('; ') || 'its condition'}. State that on plain columns, without a function or a cast around them, or index the expression.`,
  };
}

function diskSpill(node: PlanNode): PlanFault | undefined {
  // EXPLAIN counts the blocks of a node's children with its own.
  const below = node.children.reduce((sum, child) => sum + (child.tempWrittenBlocks ?? 0), 0);
  const megabytes = (((node.tempWrittenBlocks ?? 0) - below) * blockBytes) / 1e6;
  if (megabytes <= 0) return undefined;
  return {
    rule: 'disk-spill',
    node,
    grade: 'proven',
    summary: `${nameOf(node)} spills ${megabytes.toFixed(1)} MB to disk: work_mem is too small for it`,
    // Rows take more room in memory than in a temporary file: two to three times as much.
    advice: `Sort or join fewer rows or narrower ones (LIMIT, fewer columns, an index in that order), or give this statement work_mem of ${Math.ceil(megabytes * 3)} MB.`,
  };
}

/**
 * Nodes that gave far more rows than planned, deepest first: the error begins there.
 *
 * Only too many rows count: a node that gives fewer may just have been stopped early by a LIMIT or a join.
 */
function misestimates(root: PlanNode, { minRows, minRatio }: FaultThresholds): readonly PlanFault[] {
  const isFarOff = ({ actualRows = 0, estimatedRows }: PlanNode) =>
    actualRows >= minRows && actualRows >= minRatio * Math.max(1, estimatedRows);
  return [...nodesWithParent(root)]
    .filter(({ node, rereads }) => isFarOff(node) && !rereads)
    .reverse()
    .map(({ node }) => ({
      rule: 'misestimate',
      node,
      grade: 'possible',
      summary: `${nameOf(node)} was planned for ${count(node.estimatedRows)} rows and gave ${count(node.actualRows ?? 0)}`,
      advice:
        'ANALYZE the table. If that does not help, the columns of its condition depend on each other: CREATE STATISTICS on them.',
    }));
}

interface VisitedNode {
  readonly node: PlanNode;
  /** A merge join steps back in its inner side for equal keys, and EXPLAIN counts those rows again. */
  readonly rereads: boolean;
}

function* nodesWithParent(node: PlanNode, rereads = false): Generator<VisitedNode> {
  yield { node, rereads };
  for (const [index, child] of node.children.entries()) {
    yield* nodesWithParent(child, node.type === 'Merge Join' && index === 1);
  }
}

function nameOf({ type, relation }: PlanNode): string {
  return relation === undefined ? type : `${type} on ${relation}`;
}

function count(rows: number): string {
  return Math.round(rows).toLocaleString('en');
}
