import { Failure } from '../model/failure.ts';
import type { Scenario } from '../model/scenario.ts';

/** Refuses a rule about a change where there is one variant: it would never be broken, nor ever hold. */
export function requireComparison({ gate, variants, positions }: Scenario): void {
  const index = gate.require.findIndex(({ kind }) => kind === 'relative');
  const rule = gate.require[index];
  if (!rule || variants.length > 1) return;
  const path = `gate.require.${index}`;
  const reason = `"${rule.text}" is about a change, and there is one variant`;
  const hint = 'give two variants, before and after; or a limit without a sign, which holds for one';
  throw new Failure('scenario-invalid-value', { path, reason, hint }, { at: positions[path] });
}
