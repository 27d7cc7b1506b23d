import type { Verdict } from '../model/comparison.ts';
import type { Run } from '../model/run.ts';
import { findingSections } from './finding-sections.ts';
import { plural } from './format.ts';

/** One run among several, in a line. */
export interface RunOverview {
  readonly scenario: string;
  readonly verdict: Verdict | 'diagnosis';
  /** Why the command ends as it does. */
  readonly decision: string;
  readonly failed: boolean;
  /** `1 fixed, 2 remaining`, or `3 findings`. */
  readonly findings: string;
}

/** What a reader of several runs looks at first. */
export function runOverview(run: Run): RunOverview {
  const { comparison, decision, scenario, validity } = run;
  const sections = findingSections(run);
  const counts = sections.map(({ kind, findings }) =>
    kind === 'found' ? plural(findings.length, 'finding') : `${findings.length} ${kind}`,
  );
  const failed = decision.exitCode !== 0;
  const doubt = validity.trusted ? '' : '; not trusted';
  return {
    scenario: scenario.name,
    verdict: comparison?.verdict ?? 'diagnosis',
    decision: `${failed ? `fails (${decision.exitCode})` : 'passes'}: ${decision.reason}${doubt}`,
    failed,
    findings: counts.length > 0 ? counts.join(', ') : 'none',
  };
}
