/**
 * One node of a plan. Rows are of all loops and workers together, unlike EXPLAIN's own per-loop averages. Times are of
 * all loops, and of the processes that shared the work their mean: workers run side by side.
 */
export interface PlanNode {
  readonly type: string;
  /** `InitPlan 1`, `SubPlan 2`, `CTE sums`: a part that is not the input of the node above it. */
  readonly part?: string;
  readonly relation?: string;
  readonly index?: string;
  /** The node's conditions, one a line, such as `Filter: (status = $2)`. */
  readonly conditions: readonly string[];
  readonly estimatedRows: number;
  /** Left out where the plan was not executed, as are the other actual figures. */
  readonly actualRows?: number;
  readonly loops?: number;
  /** Time of this node with its children. */
  readonly totalMs?: number;
  /** Time of this node without its children, never below 0. */
  readonly selfMs?: number;
  readonly rowsRemoved?: number;
  /** Those of `rowsRemoved` that a lossy bitmap led to. */
  readonly rowsRechecked?: number;
  /** Blocks are of the node with its children; {@link ownBlocks} takes those off. */
  readonly sharedHitBlocks?: number;
  readonly sharedReadBlocks?: number;
  readonly tempWrittenBlocks?: number;
  /** `external merge`, `quicksort`, … of a Sort. */
  readonly sortMethod?: string;
  /** Rows of an index-only scan for which the table had to be read all the same. */
  readonly heapFetches?: number;
  /** Pages that a bitmap found as a whole, since it had no memory for their rows. */
  readonly lossyBlocks?: number;
  readonly exactBlocks?: number;
  /** Parts into which a hash table was split, since it did not fit into memory. */
  readonly hashBatches?: number;
  readonly workersPlanned?: number;
  readonly workersLaunched?: number;
  readonly children: readonly PlanNode[];
}

/** Blocks that the node itself read and wrote: EXPLAIN counts those of its children with them. */
export function ownBlocks(node: PlanNode): { readonly read: number; readonly tempWritten: number } {
  const own = (of: (each: PlanNode) => number) =>
    Math.max(0, of(node) - node.children.reduce((sum, child) => sum + of(child), 0));
  return {
    read: own(({ sharedHitBlocks = 0, sharedReadBlocks = 0 }) => sharedHitBlocks + sharedReadBlocks),
    tempWritten: own(({ tempWrittenBlocks = 0 }) => tempWrittenBlocks),
  };
}

/** A plan's nodes, each before its children. */
export function* planNodes(node: PlanNode): Generator<PlanNode> {
  yield node;
  for (const child of node.children) yield* planNodes(child);
}
