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

/**
 * Why an audit that the gate names could not look: it was skipped, or broke; `undefined` where all of them looked.
 *
 * A capture that fails would otherwise open the gate.
 */
export function notJudgedReason({
  scenario,
  variants,
  comparison,
}: Pick<Run, 'scenario' | 'variants' | 'comparison'>): string | undefined {
  const sides = comparison ? [variants[comparison.after]] : Object.values(variants);
  const reasons = scenario.gate.findings.flatMap(({ audit }) => {
    if (audit === undefined) return [];
    const outcomes = sides.flatMap((side) => side?.outcomes[audit] ?? []);
    const outcome = outcomes.find(({ status }) => status === 'skipped' || status === 'errored');
    if (outcome?.status === 'skipped') return [`${audit}, which was not judged: ${outcome.reason}`];
    return outcome?.status === 'errored' ? [`${audit}, which broke: ${outcome.error}`] : [];
  });
  const [first] = reasons;
  return first && `the gate names ${first}${andMore(reasons.length)}`;
}
