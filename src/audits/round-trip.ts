import type { PlansArtifact } from '../model/plans.ts';

/** Median time of one execution on an idle connection with nothing attached; `undefined` where it was not executed. */
export function roundTripMs(plans: PlansArtifact, fingerprint: string): number | undefined {
  const plan = plans.statements.find((statement) => statement.fingerprint === fingerprint);
  return plan?.status === 'analyzed' ? plan.roundTripMs : undefined;
}
