import { type PlanNode, planNodes } from '../../model/plan-node.ts';

/** Reading and dropping so many rows takes about 0.1 ms: the least saving that is worth an index. */
const minWastedRows = 1_000;

/** A join that keeps less than this share of a whole table's rows would rather look them up. */
const maxKeptShare = 0.1;

const joins: readonly string[] = ['Hash Join', 'Merge Join', 'Nested Loop'];
/** Nodes that hand every row on to the join above them. */
const passing: readonly string[] = ['Hash', 'Sort', 'Materialize', 'Memoize', 'Gather', 'Gather Merge'];

/**
 * The tables that an executed plan reads in vain: rows that a scan discards, that a join does not keep, or that are
 * read only to be sorted.
 */
export function wastefulRelations(plan: PlanNode): ReadonlySet<string> {
  const relations = new Set<string>();
  visit(plan, undefined, false, relations);
  return relations;
}

/** Whether ORDER BY costs: many rows are sorted, or an index is already read in that order. */
export function orderIsCostly(plan: PlanNode): boolean {
  const sorts = [...planNodes(plan)].filter(isSort);
  return sorts.length === 0 || sorts.some(sortsMany);
}

function visit(node: PlanNode, join: PlanNode | undefined, sorted: boolean, relations: Set<string>): void {
  const rows = node.actualRows ?? 0;
  const type = node.type.replace(/^Parallel /, '');
  if (node.relation !== undefined) {
    const discards = (node.rowsRemoved ?? 0) >= minWastedRows;
    const unkept =
      type === 'Seq Scan' && rows >= minWastedRows && join && (join.actualRows ?? 0) <= rows * maxKeptShare;
    if (discards || unkept || sorted) relations.add(node.relation);
  }
  const joinAbove = joins.includes(type) ? node : passing.includes(type) ? join : undefined;
  for (const child of node.children) visit(child, joinAbove, sorted || sortsMany(node), relations);
}

function isSort({ type }: PlanNode): boolean {
  return /Sort$/.test(type);
}

function sortsMany(node: PlanNode): boolean {
  return isSort(node) && (node.children[0]?.actualRows ?? 0) >= minWastedRows;
}
