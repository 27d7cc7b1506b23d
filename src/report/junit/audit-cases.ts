import type { Finding } from '../../model/finding.ts';
import { gatedFindings } from '../../model/gated-findings.ts';
import type { Run } from '../../model/run.ts';
import { auditResults, inVariants } from '../audit-results.ts';
import { findingSections, savingOf } from '../finding-sections.ts';
import { formatMs } from '../format.ts';
import { codePlaceText } from '../frame-label.ts';
import type { TestCase } from './test-case.ts';

/**
 * A case for each audit: it fails by what the gate counts; what else was found is its output.
 *
 * An audit without a result is skipped, and one that broke is an error.
 */
export function auditCases(run: Run): readonly TestCase[] {
  const gated = gatedFindings(run);
  const { withoutResult } = auditResults(run);
  return run.audits.map(({ id, title, failureTitle }): TestCase => {
    const failing = gated.filter(({ audit }) => audit === id);
    const lines = findingSections(run).flatMap((section) =>
      section.findings.filter(({ audit }) => audit === id).map((finding) => `${section.kind}: ${line(finding)}`),
    );
    const missing = withoutResult.find((entry) => entry.ids.includes(id));
    const reason = missing && `${missing.status}${inVariants(run, missing)}: ${missing.reason}`;
    const [first] = failing;
    return {
      group: 'audits',
      name: `${id}: ${lines.length > 0 ? failureTitle : title}`,
      result: first
        ? { status: 'failed', message: failing.map(line).join('\n') }
        : reason !== undefined && lines.length === 0
          ? { status: missing?.status === 'errored' ? 'errored' : 'skipped', message: reason }
          : { status: 'passed' },
      output: [...lines, ...(reason === undefined ? [] : [reason])].join('\n'),
    };
  });
}

function line(finding: Finding): string {
  const savingMs = savingOf(finding);
  const saving = savingMs === undefined ? '' : `, ${formatMs(savingMs)} of each request`;
  const where = finding.endpoint === undefined ? '' : `${finding.endpoint}: `;
  const place = finding.evidence.flatMap((entry) => (entry.kind === 'statement' ? (entry.place ?? []) : []))[0];
  return `${where}${finding.summary} (${finding.grade}${saving})${place ? `, at ${codePlaceText(place)}` : ''}`;
}
