import type { Finding } from '../model/finding.ts';
import type { Run } from '../model/run.ts';

/**
 * The findings by which the gate fails a run, by their audits: the proven ones of the audits that it names; of a
 * comparison only those that were introduced.
 */
export function gatedFindings({ scenario, comparison, variants }: Run): readonly Finding[] {
  const atStake =
    comparison?.findings.introduced ??
    Object.values(variants).flatMap(({ outcomes }) =>
      Object.values(outcomes).flatMap((outcome) => (outcome.status === 'fail' ? outcome.findings : [])),
    );
  return atStake.filter(({ audit, grade }) => grade === 'proven' && scenario.gate.findings.includes(audit));
}
