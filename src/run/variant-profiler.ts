import { createNodeProfiler, type NodeProfiler } from '../instruments/profile/node-profiler.ts';
import type { Scenario, Variant } from '../model/scenario.ts';
import { guardFolder } from '../target/lifeline.ts';

/** A profiler for one variant of a Node service; the NODE_OPTIONS that the scenario gives it are kept. */
export function createVariantProfiler({ target }: Pick<Scenario, 'target'>, variant: Variant): Promise<NodeProfiler> {
  const nodeOptions = variant.env.NODE_OPTIONS ?? target.env.NODE_OPTIONS;
  return createNodeProfiler({ guardFolder, ...(nodeOptions !== undefined && { nodeOptions }) });
}
