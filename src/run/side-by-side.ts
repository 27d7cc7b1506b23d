import { Failure } from '../model/failure.ts';
import type { Scenario } from '../model/scenario.ts';

/** Refuses two variants of one command that would want the same port: in a round both are up. */
export function requireOwnPorts({ target, variants, positions }: Scenario): void {
  if (variants.length < 2 || !target.command || target.url.includes('${PORT}')) return;
  const reason = 'two variants run side by side, so each needs a port of its own';
  const hint = 'write ${PORT} in target.url and let the service listen on the variable PORT';
  throw new Failure('scenario-invalid-value', { path: 'target.url', reason, hint }, { at: positions['target.url'] });
}
