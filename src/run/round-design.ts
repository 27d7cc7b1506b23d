import { Failure } from '../model/failure.ts';
import type { LoadArtifact } from '../model/load.ts';
import type { Scenario } from '../model/scenario.ts';
import { planSlices, type SlicePlan } from './slice-order.ts';
import { targetOfVariant } from './variant-target.ts';

/**
 * How the variants lie in a round: in slices wherever both can be up at once, else in blocks, which the scenario may ask
 * for as well.
 *
 * Throws `scenario-invalid-value` where it asks for slices of two processes that would listen at one address.
 */
export function designOf({
  target,
  variants,
  load,
  positions,
}: Pick<Scenario, 'target' | 'variants' | 'load' | 'positions'>): LoadArtifact['design'] {
  if (variants.length < 2) return 'alone';
  if (load.design === 'blocks') return 'blocks';
  const fixed = variants
    .map((variant) => targetOfVariant(target, variant))
    .filter(({ command, url, socketPath }) => command && !(socketPath ?? url).includes('${PORT}'));
  if (fixed.length < 2) return 'sliced';
  if (load.design === undefined) return 'blocks';
  const reason = 'two variants would listen at one address, and in slices both are up at once';
  const hint = 'write ${PORT} in target.url and let the service listen on the variable PORT, or leave design out';
  throw new Failure('scenario-invalid-value', { path: 'load.design', reason, hint }, { at: positions['load.design'] });
}

/** How the time of a round is dealt out: each block is the whole time of its variant at a stretch. */
export function slicesOf(load: Scenario['load'], design: LoadArtifact['design']): SlicePlan {
  return planSlices(load, design === 'sliced' ? 2 : 1);
}

/** How many rounds there are: one variant has nothing to become more precise against, so it has the fewest. */
export function roundsOf({
  load: { rounds },
  variants,
}: Pick<Scenario, 'load' | 'variants'>): Scenario['load']['rounds'] {
  return variants.length < 2 ? { least: rounds.least, most: rounds.least } : rounds;
}
