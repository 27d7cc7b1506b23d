import type { Outcome } from '../model/audit.ts';
import type { Comparison } from '../model/comparison.ts';
import type { Finding } from '../model/finding.ts';

type Outcomes = Readonly<Record<string, Outcome>>;

/**
 * Findings of two variants, matched by their keys; `remaining` holds them as they are after.
 *
 * Only audits that came to a judgement on both sides take part. Where one was skipped, inconclusive or broke on
 * either side, the absence of a finding there proves nothing, so its findings are neither fixed nor introduced;
 * the variant's own outcomes show them and the reason.
 */
export function matchFindings(before: Outcomes, after: Outcomes): Comparison['findings'] {
  const audits = Object.keys(after).filter((audit) => isJudged(before[audit]) && isJudged(after[audit]));
  const was = audits.flatMap((audit) => findingsOf(before[audit]));
  const is = audits.flatMap((audit) => findingsOf(after[audit]));
  const keysBefore = new Set(was.map((finding) => finding.key));
  const keysAfter = new Set(is.map((finding) => finding.key));
  return {
    fixed: was.filter((finding) => !keysAfter.has(finding.key)),
    remaining: is.filter((finding) => keysBefore.has(finding.key)),
    introduced: is.filter((finding) => !keysBefore.has(finding.key)),
  };
}

function isJudged(outcome: Outcome | undefined): boolean {
  return outcome?.status === 'pass' || outcome?.status === 'fail';
}

/** The findings of one audit on one variant; none unless it failed. */
function findingsOf(outcome: Outcome | undefined): readonly Finding[] {
  return outcome?.status === 'fail' ? outcome.findings : [];
}
