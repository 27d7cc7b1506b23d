import type { Verdict } from '../../model/comparison.ts';
import type { Evidence, Finding } from '../../model/finding.ts';
import type { LoadedRun, Run } from '../../model/run.ts';
import { auditResults, inVariants } from '../audit-results.ts';
import { endpointRows, metricOf } from '../endpoint-rows.ts';
import { type FindingSection, findingSections, findingTitle } from '../finding-sections.ts';
import {
  formatComparedInterval,
  formatMetric,
  formatMs,
  formatRate,
  formatSpeedup,
  formatTime,
  formatUs,
  plural,
} from '../format.ts';
import { frameName, framePlace } from '../frame-label.ts';
import { statementText } from '../statement-text.ts';
import { clipText } from '../untrusted-text.ts';
import { resolutionSentence, verdictSentence, verdictSigns } from '../verdict-text.ts';
import { codeBlock, escapeMarkdown, inlineCode } from './escape-markdown.ts';

export interface RenderMarkdownOptions {
  readonly showParameters: boolean;
}

/** A comment on GitHub holds 65,536 characters; what follows the findings needs some of them. */
const mostFindingCharacters = 48_000;
const mostSql = 1500;
const mostRows = 100;

/**
 * The report as a comment on a pull request or a step summary, below 64 kB.
 *
 * Its first line is a hidden marker with the scenario's name, by which the next run finds the comment to replace.
 */
export function renderMarkdown({ run }: LoadedRun, { showParameters }: RenderMarkdownOptions): string {
  const blocks = [
    `<!-- chokepoint:${run.scenario.name
      .replace(/[^\w.-]+/g, '-')
      .replace(/-{2,}/g, '-')
      .slice(0, 100)} -->`,
    `## ${heading(run)}`,
    escapeMarkdown(verdictSentence(run)),
    ...(run.validity.trusted ? [] : ['**▲ The measurement is not to be trusted**; the reasons stand below.']),
    endpointTable(run),
    ...findingBlocks(run, showParameters),
    footer(run),
  ];
  return `${blocks.filter(Boolean).join('\n\n')}\n`;
}

const verdictWords: Readonly<Record<Verdict, string>> = {
  REGRESSED: 'regressed',
  IMPROVED: 'improved',
  OK: 'no relevant change',
  INCONCLUSIVE: 'inconclusive',
};

function heading(run: Run): string {
  const name = escapeMarkdown(run.scenario.name);
  if (!run.comparison) return `${name}: diagnosis`;
  const { verdict } = run.comparison;
  return `${verdictSigns[verdict]} ${name}: ${verdictWords[verdict]}`;
}

const tableRow = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

function endpointTable(run: Run): string {
  return run.comparison ? comparedTable(run) : measuredTable(run);
}

function comparedTable(run: Run): string {
  const { comparison, scenario } = run;
  if (!comparison) return '';
  const rows = endpointRows(run).flatMap((row) => {
    const notable = row.notable.map((metric) => ({ name: metric.name, metric }));
    const primary =
      row.status === 'compared'
        ? []
        : [tableRow([inlineCode(row.endpoint), 'n/a', 'n/a', escapeMarkdown(row.reason), ''])];
    const compared = row.status === 'compared' ? [{ name: '', metric: row.metric }, ...notable] : notable;
    return [
      ...primary,
      ...compared.map(({ name, metric }) =>
        tableRow([
          name === '' ? inlineCode(row.endpoint) : `– ${name}`,
          formatMetric(metric.before, metric.unit),
          formatMetric(metric.after, metric.unit),
          formatComparedInterval(metric),
          `${verdictSigns[metric.verdict]} ${metric.verdict}`,
        ]),
      ),
    ];
  });
  return [
    tableRow([
      scenario.gate.metric,
      escapeMarkdown(comparison.before),
      escapeMarkdown(comparison.after),
      'change (90 % interval)',
      'verdict',
    ]),
    '| :-- | --: | --: | :-- | :-- |',
    ...rows.slice(0, mostRows),
    ...(rows.length > mostRows ? [tableRow([`and ${rows.length - mostRows} more`, '', '', '', ''])] : []),
  ].join('\n');
}

function measuredTable(run: Run): string {
  const names = ['p50', 'p95', 'p99', 'throughput', 'errors'] as const;
  const rows = Object.keys(run.variants).flatMap((variant) =>
    run.scenario.endpoints.map((endpoint) =>
      tableRow([
        inlineCode(endpoint),
        ...names.map((name) => {
          const metric = metricOf(run, variant, endpoint, name);
          return metric ? formatMetric(metric.value, metric.unit) : 'n/a';
        }),
      ]),
    ),
  );
  return [tableRow(['endpoint', ...names]), '| :-- | --: | --: | --: | --: | --: |', ...rows.slice(0, mostRows)].join(
    '\n',
  );
}

function findingBlocks(run: Run, showParameters: boolean): readonly string[] {
  const blocks: string[] = [];
  let left = mostFindingCharacters;
  let hidden = 0;
  for (const section of findingSections(run)) {
    blocks.push(`### ${escapeMarkdown(section.title)} (${section.findings.length})`);
    for (const finding of section.findings) {
      const block = findingBlock(run, finding, section.kind, showParameters);
      left -= block.length;
      if (left >= 0) blocks.push(block);
      else hidden++;
    }
  }
  return hidden === 0 ? blocks : [...blocks, `and ${plural(hidden, 'more finding')}: see the HTML report`];
}

function findingBlock(run: Run, finding: Finding, kind: FindingSection['kind'], showParameters: boolean): string {
  const saving =
    finding.savingMs === undefined ? '' : ` · ${kind === 'fixed' ? 'saved' : 'saves'} ${formatMs(finding.savingMs)}`;
  const endpoint = finding.endpoint === undefined ? '' : ` · ${inlineCode(clipText(finding.endpoint, 300))}`;
  const evidence = finding.evidence.map((entry) => evidenceText(entry, showParameters)).filter(Boolean);
  return [
    `**${escapeMarkdown(findingTitle(run, finding))}**${endpoint} · ${finding.grade}${saving}`,
    escapeMarkdown(clipText(finding.summary, 1000)),
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
      return `${escapeMarkdown(entry.label)}${calls}${time}\n\n${codeBlock(sql, 'sql')}`;
    }
    case 'fix':
      return `**Fix:** ${escapeMarkdown(entry.label)}\n\n${codeBlock(clipText(entry.text, mostSql * 2), entry.language)}`;
    case 'measurement':
      return `**Measured:** ${escapeMarkdown(entry.label)}: ${formatMs(entry.beforeMs)} → ${formatMs(entry.afterMs)} (${formatSpeedup(entry.beforeMs, entry.afterMs)}), ${escapeMarkdown(entry.method)}; median of ${plural(entry.runs, 'run')}`;
    case 'frames':
      return [
        escapeMarkdown(entry.label),
        '',
        ...entry.rows
          .slice(0, 5)
          .map(
            ({ frame, selfUsPerRequest }) =>
              `- ${inlineCode(clipText(`${frameName(frame)} ${framePlace(frame)}`, 300))} ${formatUs(selfUsPerRequest)} of its own in each request`,
          ),
      ].join('\n');
    case 'text':
      return escapeMarkdown(clipText(entry.text, 1000));
    case 'plan':
    case 'table':
      return '';
  }
}

function footer(run: Run): string {
  const { passed, withoutResult } = auditResults(run);
  const resolution = resolutionSentence(run);
  const lines = [
    run.validity.trusted ? 'Measurement: trusted.' : 'Measurement: **not trusted**.',
    ...run.validity.warnings.map(({ message }) => `${escapeMarkdown(clipText(message, 500))}.`),
    ...(resolution === undefined ? [] : [`Resolves ${resolution}.`]),
    ...(passed.length > 0 ? [`Passed: ${passed.map(({ id }) => inlineCode(id)).join(', ')}.`] : []),
    ...withoutResult.map(
      (entry) =>
        `${entry.status[0]?.toUpperCase()}${entry.status.slice(1)}: ${inlineCode(entry.id)}${escapeMarkdown(inVariants(run, entry))}, ${escapeMarkdown(clipText(entry.reason, 500))}.`,
    ),
    `${inlineCode(clipText(run.scenario.command, 500))}, ${formatTime(run.startedAt)}, ${run.tool.name} ${escapeMarkdown(run.tool.version)}.`,
  ];
  return `<sub>\n\n${lines
    .map((line) => `- ${line}`)
    .slice(0, 60)
    .join('\n')}\n\n</sub>`;
}
