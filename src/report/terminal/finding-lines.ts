import type { Finding } from '../../model/finding.ts';
import type { Run } from '../../model/run.ts';
import { type FindingSection, findingTitle, savingOf } from '../finding-sections.ts';
import { formatMs, plural } from '../format.ts';
import { oneLine } from '../untrusted-text.ts';
import { displayWidth, fitEnd, fitEndpoint, wrapText } from './display-width.ts';
import { evidenceLines } from './evidence-lines.ts';
import type { Paint, Palette } from './palette.ts';

interface FindingLayout {
  readonly width: number;
  readonly showParameters: boolean;
  readonly paint: Palette;
}

/** Findings that a terminal shows of one section; whoever has more of them reads the HTML report. */
const mostFindings = 12;

/** One section of findings with its heading, a blank line after each. */
export function findingSectionLines(run: Run, section: FindingSection, layout: FindingLayout): readonly string[] {
  const { paint, width } = layout;
  const colours: Readonly<Record<FindingSection['kind'], Paint>> = {
    fixed: paint.good,
    introduced: paint.bad,
    remaining: paint.unsure,
    found: paint.unsure,
  };
  const heading = colours[section.kind](paint.strong(section.title.toUpperCase()));
  const hidden = section.findings.length - mostFindings;
  return [
    fitted(heading, section.title, `  ${plural(section.findings.length, 'finding')}`, width, paint),
    ...section.findings
      .slice(0, mostFindings)
      .flatMap((finding, index) => [...findingLines(run, finding, index + 1, section.kind === 'fixed', layout), '']),
    ...(hidden > 0 ? [paint.faint(`   and ${plural(hidden, 'more finding')}: see the HTML report`), ''] : []),
  ];
}

const fitted = (painted: string, plain: string, rest: string, width: number, paint: Palette) =>
  painted + paint.faint(fitEnd(rest, Math.max(width - displayWidth(plain), 1)));

function findingLines(
  run: Run,
  finding: Finding,
  number: number,
  fixed: boolean,
  { width, showParameters, paint }: FindingLayout,
): readonly string[] {
  const indent = 4;
  const margin = ' '.repeat(indent);
  const savingMs = savingOf(finding);
  const saving = savingMs === undefined ? '' : `${fixed ? 'saved' : 'saves'} ${formatMs(savingMs)}`;
  const right = [finding.grade, saving].filter(Boolean).join(' · ');
  const title = fitEnd(oneLine(findingTitle(run, finding)), width - indent - right.length - 2);
  const space = ' '.repeat(width - indent - displayWidth(title) - right.length);
  const endpoint = finding.endpoint === undefined ? [] : [fitEndpoint(oneLine(finding.endpoint), width - indent)];
  return [
    `${String(number).padStart(2)}  ${paint.strong(title)}${space}${gradePaint(finding, paint)(right)}`,
    ...endpoint.map((line) => margin + paint.accent(line)),
    ...wrapText(oneLine(finding.summary), width - indent, 3).map((line) => margin + line),
    ...evidenceLines(finding.evidence, auditFix(run, finding), { width, indent, showParameters, paint }),
  ];
}

const auditFix = (run: Run, { audit }: Finding) => run.audits.find(({ id }) => id === audit)?.fix;

const gradePaint = ({ grade }: Finding, paint: Palette): Paint => (grade === 'proven' ? paint.strong : paint.faint);
