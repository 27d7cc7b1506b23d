import type { PlanNode } from '../model/plan-node.ts';
import { keys, lazy, listOf, named, number, optional, type Shape, text } from './shape.ts';

/** A node of a plan with all nodes below it. */
export const planNode: Shape = named(
  'planNode',
  keys<PlanNode>({
    type: text,
    part: optional(text),
    relation: optional(text),
    index: optional(text),
    conditions: listOf(text),
    estimatedRows: number,
    actualRows: optional(number),
    loops: optional(number),
    totalMs: optional(number),
    selfMs: optional(number),
    rowsRemoved: optional(number),
    rowsRechecked: optional(number),
    sharedHitBlocks: optional(number),
    sharedReadBlocks: optional(number),
    tempWrittenBlocks: optional(number),
    sortMethod: optional(text),
    heapFetches: optional(number),
    lossyBlocks: optional(number),
    exactBlocks: optional(number),
    hashBatches: optional(number),
    workersPlanned: optional(number),
    workersLaunched: optional(number),
    children: listOf(lazy(() => planNode)),
  }),
);
