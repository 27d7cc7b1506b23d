import type { Outcome } from '../model/audit.ts';
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
 * Why it is not known whether the gate's findings are there: an audit that it names was skipped, broke, or, where the gate
 * wants certainty, could not decide; `undefined` where all of them looked.
 *
 * A capture that fails would otherwise open the gate. What was introduced is known only where both sides were looked at.
 */
export function notJudgedReason({
  scenario: { gate },
  variants,
  comparison,
}: Pick<Run, 'scenario' | 'variants' | 'comparison'>): string | undefined {
  const reasons = gate.findings.flatMap(({ audit, scope }) => {
    if (audit === undefined) return [];
    const sides = Object.entries(variants).filter(
      ([name]) => !comparison || name === comparison.after || (scope === 'introduced' && name === comparison.before),
    );
    return sides.flatMap(([name, { outcomes }]) => {
      const why = whyNotJudged(outcomes[audit], gate.certain);
      if (why === undefined) return [];
      return [`${audit}, which ${why.text}${sides.length > 1 ? ` in ${name}` : ''}: ${why.reason}`];
    });
  });
  const [first] = reasons;
  return first && `the gate names ${first}${andMore(reasons.length)}`;
}

function whyNotJudged(
  outcome: Outcome | undefined,
  isCertain: boolean,
): { readonly text: string; readonly reason: string } | undefined {
  switch (outcome?.status) {
    case 'skipped':
      return { text: 'was not judged', reason: outcome.reason };
    case 'errored':
      return { text: 'broke', reason: outcome.error };
    case 'inconclusive':
      return isCertain ? { text: 'could not decide', reason: outcome.reason } : undefined;
    default:
      return undefined;
  }
}
