import type { PlanNode } from '../model/plan-node.ts';
import type { TableState } from '../model/table-state.ts';
import { type AnalyzedPlan, count, type FaultThresholds, nameOf, type PlanFault } from './plan-fault.ts';

/** Autovacuum analyses a table when a tenth of it has changed: with twice that it has not come. */
const staleShare = 0.2;

/**
 * Nodes that gave far more rows than planned, deepest first: the error begins there.
 *
 * Only too many rows count: a node that gives fewer may just have been stopped early by a LIMIT or a join.
 */
export function misestimates(
  { plan, executionMs }: AnalyzedPlan,
  { minRows, minRatio }: FaultThresholds,
  tables: readonly TableState[],
): readonly PlanFault[] {
  const isFarOff = ({ actualRows = 0, estimatedRows }: PlanNode) =>
    actualRows >= minRows && actualRows >= minRatio * Math.max(1, estimatedRows);
  return [...visited(plan)]
    .filter(({ node, rereads }) => isFarOff(node) && !rereads)
    .reverse()
    .map(({ node }) => {
      const table = tables.find((state) => state.table.split('.').at(-1) === node.relation);
      const stale = table && staleness(table);
      const summary = `${nameOf(node)} was planned for ${count(node.estimatedRows)} rows and gave ${count(node.actualRows ?? 0)}`;
      const costMs = Math.min(node.selfMs ?? 0, executionMs);
      return stale
        ? {
            rule: 'stale-statistics',
            grade: 'likely',
            costMs,
            summary: `${summary}: ${stale}`,
            advice: `ANALYZE ${table.table}, and let autovacuum do so more often (autovacuum_analyze_scale_factor of the table).`,
          }
        : {
            rule: 'misestimate',
            grade: 'possible',
            costMs,
            summary,
            advice:
              'ANALYZE the table. If that does not help, the columns of its condition depend on each other: CREATE STATISTICS on them.',
          };
    });
}

/** What makes the statistics of a table old; `undefined` where they are not. */
function staleness({ table, analyzedAt, changedRows, estimatedRows }: TableState): string | undefined {
  if (analyzedAt === undefined) return `${table} was never analysed`;
  if (changedRows < staleShare * Math.max(1, estimatedRows)) return undefined;
  return `${table} was analysed on ${analyzedAt.slice(0, 10)}, and ${count(changedRows)} of its rows have changed since`;
}

interface VisitedNode {
  readonly node: PlanNode;
  /** A merge join steps back in its inner side for equal keys, and EXPLAIN counts those rows again. */
  readonly rereads: boolean;
}

function* visited(node: PlanNode, rereads = false): Generator<VisitedNode> {
  yield { node, rereads };
  for (const [index, child] of node.children.entries()) {
    yield* visited(child, node.type === 'Merge Join' && index === 1);
  }
}
