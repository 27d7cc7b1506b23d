import type { PlanNode } from '../../model/plans.ts';

/** Reading and dropping so many rows takes about 0.1 ms: the least saving that is worth an index. */
export const minWastedRows = 1_000;

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

function visit(node: PlanNode, join: PlanNode | undefined, sorted: boolean, relations: Set<string>): void {
  const rows = node.actualRows ?? 0;
  const type = node.type.replace(/^Parallel /, '');
  if (node.relation !== undefined) {
    const discards = (node.rowsRemoved ?? 0) >= minWastedRows;
    const unkept =
      type === 'Seq Scan' && rows >= minWastedRows && join && (join.actualRows ?? 0) <= rows * maxKeptShare;
    if (discards || unkept || sorted) relations.add(node.relation);
  }
  const sorts = /Sort$/.test(type) && (node.children[0]?.actualRows ?? 0) >= minWastedRows;
  for (const child of node.children) {
    visit(child, joins.includes(type) ? node : passing.includes(type) ? join : undefined, sorted || sorts, relations);
  }
}
