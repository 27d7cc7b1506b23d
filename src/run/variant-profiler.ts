import { type StatementWatch, watchStatements } from '../instruments/profile/call-sites/sent-statements.ts';
import { createNodeProfiler, type NodeProfiler } from '../instruments/profile/node-profiler.ts';
import type { Scenario, Variant } from '../model/scenario.ts';
import { guardFolder } from '../target/lifeline.ts';

/** A profiler for one variant of a Node service; the NODE_OPTIONS that the scenario gives it are kept. */
export function createVariantProfiler(scenario: Pick<Scenario, 'target'>, variant: Variant): Promise<NodeProfiler> {
  return createNodeProfiler(agentOptions(scenario, variant));
}

/** Likewise, what tells where in the code of the service its statements are sent. */
export function createVariantWatch(scenario: Pick<Scenario, 'target'>, variant: Variant): Promise<StatementWatch> {
  return watchStatements(agentOptions(scenario, variant));
}

function agentOptions({ target }: Pick<Scenario, 'target'>, variant: Variant) {
  const nodeOptions = variant.env.NODE_OPTIONS ?? target.env.NODE_OPTIONS;
  return { guardFolder, ...(nodeOptions !== undefined && { nodeOptions }) };
}
