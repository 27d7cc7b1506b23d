import type { Finding, Grade, Severity } from './finding.ts';
import type { FindingRule } from './gate.ts';
import type { Run } from './run.ts';

/** From the most on. */
const grades: readonly Grade[] = ['proven', 'likely', 'possible'];
const severities: readonly Severity[] = ['high', 'medium', 'low'];

/**
 * The findings by which the gate fails a run, those that were introduced first.
 *
 * Of a comparison they are those of the after side: where a rule does not say `scope: all` only those that were introduced.
 */
export function gatedFindings(run: Pick<Run, 'scenario' | 'variants' | 'comparison'>): readonly Finding[] {
  const introduced = new Set(run.comparison?.findings.introduced.map(({ key }) => key));
  return findingsAfter(run).filter((finding) =>
    run.scenario.gate.findings.some(
      (rule) => isNamed(rule, finding) && (!run.comparison || rule.scope === 'all' || introduced.has(finding.key)),
    ),
  );
}

/** All that there is of the after side, or of every variant where nothing is compared. */
function findingsAfter({ variants, comparison }: Pick<Run, 'variants' | 'comparison'>): readonly Finding[] {
  const sides = comparison ? [variants[comparison.after]] : Object.values(variants);
  const found = sides
    .flatMap((side) => Object.values(side?.outcomes ?? {}))
    .flatMap((outcome) => (outcome.status === 'fail' ? outcome.findings : []));
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
