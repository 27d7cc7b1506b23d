import type { CapacityStep, Scalability } from '../model/capacity.ts';
import { fewestPoints, fitScalabilityLaw } from '../stats/scalability-law.ts';
import { errorShare, isGeneratorBound, kneeLimits } from './knee.ts';

/** Below, the law explains too little of the points for its parameters to mean anything. */
const poorRSquared = 0.9;

/** The Universal Scalability Law over all steps that the generator could measure and that did not fail too often. */
export function judgeScalability(steps: readonly CapacityStep[]): Scalability {
  const usable = steps.filter((step) => !isGeneratorBound(step) && errorShare(step) <= kneeLimits.errors);
  const fit = fitScalabilityLaw(
    usable.map(({ connections, throughputPerS }) => ({ users: connections, perS: throughputPerS })),
  );
  if (!fit)
    return { status: 'missing', reason: `${usable.length} usable steps, and at least ${fewestPoints} are needed` };
  const mostMeasured = Math.max(...usable.map(({ connections }) => connections));
  return {
    status: fit.rSquared >= poorRSquared ? 'fitted' : 'poor',
    points: usable.length,
    perConnectionPerS: fit.perUserPerS,
    contention: fit.contention,
    coherency: fit.coherency,
    rSquared: fit.rSquared,
    ...(fit.peak && {
      peak: { connections: fit.peak.users, perS: fit.peak.perS, measured: fit.peak.users <= mostMeasured },
    }),
  };
}
