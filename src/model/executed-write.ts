import type { ExecutedWrite } from './plan-trials.ts';
import type { PlansArtifact } from './plans.ts';

/** How one statement was executed on a copy of the database; `undefined` where it writes nothing or no copy was made. */
export function executedWriteOf(
  { executedWrites = [] }: Pick<PlansArtifact, 'executedWrites'>,
  fingerprint: string,
): ExecutedWrite | undefined {
  return executedWrites.find((write) => write.fingerprint === fingerprint);
}
