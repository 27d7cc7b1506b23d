import { type PlanNode, planNodes } from './plan-node.ts';

/**
 * One clause that says how a plan differs from another of the same statement; `undefined` where it does not.
 *
 * How the tables are reached comes first (`Index Scan on orders (orders_pkey) → Seq Scan on orders`), then joins,
 * sorts and the like, then the order of the tables. Rows, times and conditions may differ: they do so with the values.
 */
export function planChange(before: PlanNode, after: PlanNode): string | undefined {
  const [was, is] = [[...planNodes(before)], [...planNodes(after)]];
  return (
    exchanged(was.flatMap(accessOf), is.flatMap(accessOf)) ??
    exchanged(was.flatMap(stepOf), is.flatMap(stepOf)) ??
    (order(was) === order(is) ? undefined : 'the tables are read in another order')
  );
}

/** How a node reaches a table; the index of a bitmap scan stands in the nodes below it. */
function accessOf(node: PlanNode): readonly string[] {
  if (node.relation === undefined) return [];
  const below = node.type.includes('Bitmap Heap Scan') ? [...planNodes(node)].slice(1) : [];
  const indexes = [node, ...below].flatMap(({ index }) => index ?? []);
  return [`${node.type} on ${node.relation}${indexes.length > 0 ? ` (${indexes.join(', ')})` : ''}`];
}

/** What a plan does besides reaching tables; bitmaps belong to the scan above them. */
function stepOf({ type, relation, sortMethod = '' }: PlanNode): readonly string[] {
  if (relation !== undefined || type.startsWith('Bitmap')) return [];
  return [sortMethod.startsWith('external') ? `${type} on disk` : type];
}

function exchanged(was: readonly string[], is: readonly string[]): string | undefined {
  const [gone, came] = [without(was, is), without(is, was)];
  if (gone.length === 0 && came.length === 0) return undefined;
  if (gone.length === 0) return `now with ${listed(came)}`;
  if (came.length === 0) return `no longer with ${listed(gone)}`;
  return `${listed(gone)} → ${listed(came)}`;
}

/** What of `some` is left when each of `others` has taken one of its like. */
function without(some: readonly string[], others: readonly string[]): readonly string[] {
  const taken = [...others];
  return some.filter((each) => {
    const at = taken.indexOf(each);
    if (at >= 0) taken.splice(at, 1);
    return at < 0;
  });
}

/** A query over many partitions changes many scans alike: two of them tell it. */
function listed(names: readonly string[]): string {
  const [first = '', second, ...more] = new Set(names);
  if (second === undefined) return first;
  return `${first}, ${second}${more.length > 0 ? ` and ${more.length} more` : ''}`;
}

const order = (nodes: readonly PlanNode[]) => nodes.flatMap(accessOf).join('\n');
