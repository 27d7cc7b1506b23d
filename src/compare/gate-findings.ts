import type { Finding, Grade, Severity } from '../model/finding.ts';
import type { Run } from '../model/run.ts';
import type { FindingRule } from '../model/scenario.ts';
import { andMore } from './change-text.ts';
import { findingsOf } from './match-findings.ts';

/** From the most on. */
const grades: readonly Grade[] = ['proven', 'likely', 'possible'];
const severities: readonly Severity[] = ['high', 'medium', 'low'];

/** Why the findings fail the gate, with the figures of the first that it names; `undefined` where they do not. */
export function findingReason(run: Pick<Run, 'scenario' | 'variants' | 'comparison'>): string | undefined {
  const introduced = new Set(run.comparison?.findings.introduced.map(({ key }) => key));
  const named = findingsAfter(run).filter((finding) =>
    run.scenario.gate.findings.some(
      (rule) => isNamed(rule, finding) && (!run.comparison || rule.scope === 'all' || introduced.has(finding.key)),
    ),
  );
  const [first] = named;
  if (first === undefined) return undefined;
  const how = run.comparison && introduced.has(first.key) ? 'was introduced' : 'was found';
  const where = first.endpoint ? ` in ${first.endpoint}` : '';
  return `the gate names ${first.audit}, which ${how}${where}: ${first.summary}${andMore(named.length)}`;
}

/** All that there is of the after side or of a single variant; what was introduced comes first. */
function findingsAfter({ variants, comparison }: Pick<Run, 'variants' | 'comparison'>): readonly Finding[] {
  const sides = comparison ? [variants[comparison.after]] : Object.values(variants);
  const found = sides.flatMap((side) => Object.values(side?.outcomes ?? {}).flatMap(findingsOf));
  const introduced = comparison?.findings.introduced ?? [];
  const keys = new Set(introduced.map(({ key }) => key));
  return [...introduced, ...found.filter(({ key }) => !keys.has(key))];
}

function isNamed(rule: FindingRule, finding: Finding): boolean {
  return (
    (rule.audit === undefined || rule.audit === finding.audit) &&
    severities.indexOf(finding.severity) <= severities.indexOf(rule.severity) &&
    grades.indexOf(finding.grade) <= grades.indexOf(rule.grade)
  );
}
