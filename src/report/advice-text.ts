import type { ComparedMetric } from '../model/comparison.ts';
import type { Run } from '../model/run.ts';
import { endpointRows } from './endpoint-rows.ts';

/**
 * What would tell what an inconclusive comparison could not; nothing where other sentences say what is wrong: that it is
 * not to be trusted, that an endpoint had too few requests, that two runs were measured apart.
 */
export function adviceSentence(run: Run): string | undefined {
  const { comparison, validity } = run;
  if (comparison?.verdict !== 'INCONCLUSIVE' || comparison.design === 'separate') return undefined;
  if (!validity.trusted && !validity.overridden) return undefined;
  const { roundsNeeded } = comparison;
  if (roundsNeeded !== undefined) return `about ${roundsNeeded} rounds would tell: --rounds ${roundsNeeded}`;
  const unsure = comparison.metrics.filter(({ gates, verdict }) => gates && verdict === 'INCONCLUSIVE');
  if (unsure.length === 0 || endpointRows(run).some(({ status }) => status === 'unavailable')) return undefined;
  const atMargin = unsure.find((metric) => isAtMargin(metric, run));
  return atMargin
    ? `no number of rounds will tell: the change of ${atMargin.name} of ${atMargin.endpoint} is at the margin; decide by a larger or a smaller one`
    : 'no number of rounds up to 50 will tell, since they scatter too much: make the service and the machine quieter, or the slices longer (load.slice)';
}

/** So near to what matters that the scatter is not to blame. */
function isAtMargin({ name, unit, before, change }: ComparedMetric, { scenario: { gate } }: Run): boolean {
  const floor = unit === 'ms' ? gate.floorMs / before : 0;
  const limit = name === 'errors' ? gate.errors : Math.max(gate.margin, floor);
  return Math.abs(change) > limit / 2 && Math.abs(change) < limit;
}
