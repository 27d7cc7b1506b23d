import { gatedFindings } from '../model/gated-findings.ts';
import type { Run } from '../model/run.ts';
import { andMore } from './change-text.ts';

/** Why the findings fail the gate, with the figures of the first that it names; `undefined` where they do not. */
export function findingReason(run: Pick<Run, 'scenario' | 'variants' | 'comparison'>): string | undefined {
  const named = gatedFindings(run);
  const [first] = named;
  if (first === undefined) return undefined;
  const wasIntroduced = run.comparison?.findings.introduced.some(({ key }) => key === first.key) ?? false;
  const where = first.endpoint ? ` in ${first.endpoint}` : '';
  return `the gate names ${first.audit}, which ${wasIntroduced ? 'was introduced' : 'was found'}${where}: ${first.summary}${andMore(named.length)}`;
}
