import { ownBlocks, type PlanNode } from '../model/plan-node.ts';
import { formatBytes, formatCount } from './format.ts';

const blockBytes = 8192;

/** Of the node itself, without its children; empty where it read nothing. */
export function readText(node: PlanNode): string {
  const { read } = ownBlocks(node);
  return read === 0 ? '' : formatBytes(read * blockBytes);
}

/** Of the node itself; empty where it wrote no temporary file. */
export function spillText(node: PlanNode): string {
  const { tempWritten } = ownBlocks(node);
  return tempWritten === 0 ? '' : `${formatBytes(tempWritten * blockBytes)} to disk`;
}

/**
 * What EXPLAIN tells of a node besides time, rows and blocks.
 *
 * @param processes - that share the node: each of them counts as a loop
 */
export function nodeFacts(node: PlanNode, processes: number): readonly string[] {
  const { loops = 0, workersLaunched, lossyBlocks, heapFetches, hashBatches } = node;
  return [
    ...(workersLaunched === undefined ? [] : [`${formatCount(workersLaunched)} workers`]),
    ...(loops > processes ? [`${formatCount(loops)} loops`] : []),
    ...(lossyBlocks ? [`${formatCount(lossyBlocks)} lossy blocks`] : []),
    ...(heapFetches ? [`${formatCount(heapFetches)} heap fetches`] : []),
    ...(hashBatches === undefined ? [] : [`${formatCount(hashBatches)} batches`]),
  ];
}

/** The processes that share what is below a node: the workers of a Gather, and the leader where it takes part. */
export function processesBelow({ type, loops = 1, children }: PlanNode, processes: number): number {
  if (type !== 'Gather' && type !== 'Gather Merge') return processes;
  const input = children.find(({ part }) => part === undefined);
  return Math.max(1, Math.round((input?.loops ?? 1) / Math.max(1, loops)));
}
