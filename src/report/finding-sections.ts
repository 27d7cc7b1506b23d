import type { Finding } from '../model/finding.ts';
import type { Run } from '../model/run.ts';

/** Findings that share a fate. `found` is a diagnosis: there is nothing to compare with. */
export interface FindingSection {
  readonly kind: 'introduced' | 'remaining' | 'fixed' | 'found';
  readonly title: string;
  readonly findings: readonly Finding[];
}

/** The sections of a report that hold findings, in the order fixed, introduced, remaining; dearest finding first. */
export function findingSections(run: Run): readonly FindingSection[] {
  const sections: readonly FindingSection[] = run.comparison
    ? [
        { kind: 'fixed', title: 'Fixed', findings: run.comparison.findings.fixed },
        { kind: 'introduced', title: 'Introduced', findings: run.comparison.findings.introduced },
        { kind: 'remaining', title: 'Remaining', findings: run.comparison.findings.remaining },
      ]
    : diagnosed(run);
  return sections
    .filter(({ findings }) => findings.length > 0)
    .map((section) => ({ ...section, findings: bySaving(section.findings) }));
}

function diagnosed(run: Run): readonly FindingSection[] {
  const variants = Object.entries(run.variants);
  return variants.map(([name, { outcomes }]) => ({
    kind: 'found',
    title: variants.length === 1 ? 'Findings' : `Findings in ${name}`,
    findings: Object.values(outcomes).flatMap((outcome) => (outcome.status === 'fail' ? outcome.findings : [])),
  }));
}

/** Less than this is no saving that anybody could see: reports leave it out instead of showing `0 ms`. */
const leastSavingMs = 0.001;

/** What mending it saves of each request; `undefined` where that is unknown, or nothing. */
export function savingOf({ savingMs }: Finding): number | undefined {
  return savingMs !== undefined && savingMs >= leastSavingMs ? savingMs : undefined;
}

const severityRank = { high: 0, medium: 1, low: 2 } as const;

/** Dearest first; findings whose saving is unknown come last, by severity and then by key. */
function bySaving(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted(
    (a, b) =>
      (b.savingMs ?? -1) - (a.savingMs ?? -1) ||
      severityRank[a.severity] - severityRank[b.severity] ||
      (a.key < b.key ? -1 : 1),
  );
}

/** The headline of a finding: the failing title of its audit, or the audit's id where the run does not carry its texts. */
export function findingTitle(run: Run, finding: Finding): string {
  return run.audits.find(({ id }) => id === finding.audit)?.failureTitle ?? finding.audit;
}
