import type { Evidence, Finding } from '../../model/finding.ts';
import type { Run } from '../../model/run.ts';
import { type FindingSection, findingSections, findingTitle, savingOf } from '../finding-sections.ts';
import { formatMs, formatRate, formatSpeedup, formatUs, plural } from '../format.ts';
import { codePlaceText, frameName, framePlace } from '../frame-label.ts';
import { statementText } from '../statement-text.ts';
import { clipText } from '../untrusted-text.ts';
import { codeBlock, inlineCode } from './escape-markdown.ts';
import { mostBytes, prose, tableRow, withinBytes } from './markdown-blocks.ts';

/** Characters of one statement. */
const mostSql = 1500;

/** The findings section by section, each with its evidence folded away. */
export function findingBlocks(run: Run, showParameters: boolean, share: number): readonly string[] {
  const blocks = findingSections(run).flatMap((section) =>
    section.findings.map((finding, index) => {
      const block = findingBlock(run, finding, section.kind, showParameters);
      return index === 0 ? `### ${prose(section.title)} (${section.findings.length})\n\n${block}` : block;
    }),
  );
  return withinBytes(
    blocks,
    mostBytes.findings * share,
    (hidden) => `and ${plural(hidden, 'more finding')}: see the HTML report`,
  );
}

function findingBlock(run: Run, finding: Finding, kind: FindingSection['kind'], showParameters: boolean): string {
  const savingMs = savingOf(finding);
  const saving = savingMs === undefined ? '' : ` · ${kind === 'fixed' ? 'saved' : 'saves'} ${formatMs(savingMs)}`;
  const endpoint = finding.endpoint === undefined ? '' : ` · ${inlineCode(clipText(finding.endpoint, 300))}`;
  const evidence = finding.evidence.map((entry) => evidenceText(entry, showParameters)).filter(Boolean);
  return [
    `**${prose(findingTitle(run, finding))}**${endpoint} · ${prose(finding.grade)}${saving}`,
    prose(finding.summary, 1000),
    ...(evidence.length > 0
      ? [`<details><summary>Evidence and fix</summary>\n\n${evidence.join('\n\n')}\n\n</details>`]
      : []),
  ].join('\n\n');
}

function evidenceText(entry: Evidence, showParameters: boolean): string {
  switch (entry.kind) {
    case 'statement': {
      const calls = entry.calls === undefined ? '' : `, ${formatRate(entry.calls)} × in one request`;
      const time = entry.totalMs === undefined ? '' : `, ${formatMs(entry.totalMs)} in all`;
      const sql = clipText(statementText(entry.sql, showParameters), mostSql);
      const place = entry.place ? `, at ${inlineCode(clipText(codePlaceText(entry.place), 300))}` : '';
      return `${prose(entry.label)}${calls}${time}${place}\n\n${codeBlock(sql, 'sql')}`;
    }
    case 'fix':
      return `**Fix:** ${prose(entry.label)}\n\n${codeBlock(clipText(entry.text, mostSql * 2), entry.language === 'sql' ? 'sql' : 'text')}`;
    case 'measurement':
      return `**Measured:** ${prose(entry.label)}: ${formatMs(entry.beforeMs)} → ${formatMs(entry.afterMs)} (${formatSpeedup(entry.beforeMs, entry.afterMs)}), ${prose(entry.method)}; ${entry.average ?? 'median'} of ${plural(entry.runs, 'run')}`;
    case 'frames':
      return [
        prose(entry.label),
        '',
        ...entry.rows
          .slice(0, 5)
          .map(
            ({ frame, selfUsPerRequest }) =>
              `- ${inlineCode(clipText(`${frameName(frame)} ${framePlace(frame)}`, 300))} ${formatUs(selfUsPerRequest)} of its own in each request`,
          ),
      ].join('\n');
    case 'text':
      return prose(entry.text, 1000);
    case 'table':
      return [
        prose(entry.label),
        '',
        tableRow(entry.columns.map((name) => prose(name))),
        tableRow(entry.columns.map(() => ':--')),
        ...entry.rows.slice(0, 10).map((cells) => tableRow(cells.map((cell) => prose(String(cell), 300)))),
      ].join('\n');
    case 'plan':
      return '';
  }
}
