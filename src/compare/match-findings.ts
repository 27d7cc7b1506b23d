import type { Outcome } from '../model/audit.ts';
import type { Comparison } from '../model/comparison.ts';
import type { Finding } from '../model/finding.ts';

type Outcomes = Readonly<Record<string, Outcome>>;

/**
 * Findings of two variants, matched by their keys; `remaining` holds them as they are after. What one side found and
 * the other nearly did remains.
 *
 * Only audits that came to a judgement on both sides take part. Where one was skipped, inconclusive or broke on
 * either side, the absence of a finding there proves nothing, so its findings are neither fixed nor introduced;
 * the variant's own outcomes show them and the reason.
 */
export function matchFindings(before: Outcomes, after: Outcomes): Comparison['findings'] {
  const audits = Object.keys(after).filter((audit) => isJudged(before[audit]) && isJudged(after[audit]));
  const was = audits.flatMap((audit) => findingsOf(before[audit]));
  const is = audits.flatMap((audit) => findingsOf(after[audit]));
  const wasNear = audits.flatMap((audit) => nearOf(before[audit]));
  const isNear = audits.flatMap((audit) => nearOf(after[audit]));
  const found = keysOf(was);
  const thereBefore = keysOf([...was, ...wasNear]);
  const thereAfter = keysOf([...is, ...isNear]);
  return {
    fixed: was.filter(({ key }) => !thereAfter.has(key)),
    remaining: [...is.filter(({ key }) => thereBefore.has(key)), ...isNear.filter(({ key }) => found.has(key))],
    introduced: is.filter(({ key }) => !thereBefore.has(key)),
  };
}

function keysOf(findings: readonly Finding[]): ReadonlySet<string> {
  return new Set(findings.map(({ key }) => key));
}

function isJudged(outcome: Outcome | undefined): boolean {
  return outcome?.status === 'pass' || outcome?.status === 'fail';
}

/** The findings of one audit on one variant; none unless it failed. */
function findingsOf(outcome: Outcome | undefined): readonly Finding[] {
  return outcome?.status === 'fail' ? outcome.findings : [];
}

/** What stays below the thresholds so narrowly that the next run may find it. */
function nearOf(outcome: Outcome | undefined): readonly Finding[] {
  return outcome?.status === 'pass' || outcome?.status === 'fail' ? (outcome.near ?? []) : [];
}
