import type { ComparedMetric, Verdict } from '../../model/comparison.ts';
import type { Evidence, Finding } from '../../model/finding.ts';
import type { LoadedRun, RuleResult, Run } from '../../model/run.ts';
import { auditResults, inVariants } from '../audit-results.ts';
import { coverageSentences } from '../coverage-text.ts';
import { endpointRows, metricOf } from '../endpoint-rows.ts';
import { type FindingSection, findingSections, findingTitle, savingOf } from '../finding-sections.ts';
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
import { codePlaceText, frameName, framePlace } from '../frame-label.ts';
import type { ReportHeading } from '../report-heading.ts';
import { statementText } from '../statement-text.ts';
import { clipText } from '../untrusted-text.ts';
import { variantLabel } from '../variant-label.ts';
import { doubtSentence, resolutionSentence, verdictSentence, verdictSigns } from '../verdict-text.ts';
import { cellCode, codeBlock, escapeMarkdown, inlineCode } from './escape-markdown.ts';

export interface RenderMarkdownOptions {
  readonly showParameters: boolean;
  readonly heading?: ReportHeading;
}

/** A comment on GitHub holds 65,536 characters; these parts, together with the few lines around them, keep below. */
const mostBytes = { table: 10_000, rules: 5_000, causes: 5_000, findings: 26_000, footer: 6_000 } as const;
const mostSql = 1500;

/** A sentence or a name of the service, clipped and escaped. */
export const prose = (text: string, limit = 600) => escapeMarkdown(clipText(text, limit));
const cell = (text: string) => cellCode(clipText(text, 200));
const code = (text: string) => inlineCode(clipText(text, 200));

/**
 * The report as a comment on a pull request or a step summary, below 64 kB.
 *
 * Its first line is a hidden marker with the scenario's name, by which the next run finds the comment to replace.
 */
export function renderMarkdown(loaded: LoadedRun, options: RenderMarkdownOptions): string {
  const { heading = {} } = options;
  const blocks = [markdownMarker([loaded.run]), ...headingBlocks(heading), ...markdownBlocks(loaded, options, 1)];
  return `${blocks.filter(Boolean).join('\n\n')}\n`;
}

/** The hidden first line, by which a comment of these scenarios is found again. */
export function markdownMarker(runs: readonly Run[]): string {
  const names = [...new Set(runs.map(({ scenario }) => scenario.name))].join('.');
  const safe = names.replace(/[^\w.-]+/g, '-').replace(/-{2,}/g, '-');
  return `<!-- chokepoint:${safe.slice(0, 100)} -->`;
}

/** The title that the report was given, and for whom it is. */
export function headingBlocks({ title, client }: ReportHeading): readonly string[] {
  return [title === undefined ? '' : `# ${prose(title, 200)}`, client === undefined ? '' : `for ${prose(client, 200)}`];
}

/** The report of one run, in blocks between which an empty line stands; `share` of the room is for it. */
export function markdownBlocks(
  { run }: LoadedRun,
  { showParameters }: RenderMarkdownOptions,
  share: number,
): readonly string[] {
  const doubt = doubtSentence(run, 'the reasons stand below');
  return [
    `## ${heading(run)}`,
    prose(verdictSentence(run)),
    ...(doubt === undefined ? [] : [`**▲ ${doubt}**`]),
    ...decisionBlocks(run, share),
    endpointTable(run, share),
    ...whyBlocks(run, share),
    ...findingBlocks(run, showParameters, share),
    footer(run, share),
  ];
}

const ruleSigns: Readonly<Record<RuleResult['status'], string>> = {
  holds: '●',
  broken: '▲',
  unsure: '?',
  unknown: '?',
};

function decisionBlocks({ decision: { exitCode, reason, rules } }: Run, share: number): readonly string[] {
  const lines = rules.map(
    ({ rule, status, summary }) => `- ${ruleSigns[status]} ${code(rule)} ${status}: ${prose(summary, 300)}`,
  );
  return [
    `**Gate:** ${exitCode === 0 ? 'passes' : `fails with exit code ${exitCode}`}: ${prose(reason)}`,
    withinBytes(lines, mostBytes.rules * share, (hidden) => `- and ${plural(hidden, 'more rule')}`).join('\n'),
  ];
}

/** What explains the changes, and what was counted beside what was measured. */
function whyBlocks({ comparison }: Run, share: number): readonly string[] {
  if (!comparison) return [];
  const causes = comparison.causes.map(
    ({ endpoint, summary, explainsMs }) =>
      `- ${code(endpoint)} ${prose(summary)}${explainsMs === undefined ? '' : ` (${formatMs(explainsMs)} of each request)`}`,
  );
  const counts = comparison.counts
    .filter(({ before, after }) => before !== after)
    .map(
      ({ endpoint, name, before, after }) =>
        `- ${code(endpoint)} ${prose(name)} in each request: ${formatRate(before)} → ${formatRate(after)}`,
    );
  const lines = [...causes, ...counts];
  if (lines.length === 0) return [];
  return [`### Why\n\n${withinBytes(lines, mostBytes.causes * share, (hidden) => `- and ${hidden} more`).join('\n')}`];
}

const verdictWords: Readonly<Record<Verdict, string>> = {
  REGRESSED: 'regressed',
  IMPROVED: 'improved',
  OK: 'no relevant change',
  INCONCLUSIVE: 'inconclusive',
};

function heading(run: Run): string {
  const name = prose(run.scenario.name, 200);
  if (!run.comparison) return `${name}: diagnosis`;
  const { verdict } = run.comparison;
  return `${verdictSigns[verdict]} ${name}: ${verdictWords[verdict]}`;
}

export const tableRow = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

function endpointTable(run: Run, share: number): string {
  return run.comparison ? comparedTable(run, share) : measuredTable(run, share);
}

function comparedTable(run: Run, share: number): string {
  const { comparison, scenario } = run;
  if (!comparison) return '';
  const rows = endpointRows(run).flatMap((row) => {
    const notable = row.notable.map((metric) => ({ name: metric.name, metric }));
    const primary =
      row.status === 'compared' ? [] : [tableRow([cell(row.endpoint), 'n/a', 'n/a', prose(row.note), ''])];
    const compared = row.status === 'compared' ? [{ name: '', metric: row.metric }, ...notable] : notable;
    return [
      ...primary,
      ...compared.map(({ name, metric }) =>
        tableRow([
          name === '' ? cell(row.endpoint) + judgedBy(run, metric) : `– ${name}`,
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
      prose(variantLabel(run, comparison.before)),
      prose(variantLabel(run, comparison.after)),
      'change (90 % interval)',
      'verdict',
    ]),
    '| :-- | --: | --: | :-- | :-- |',
    ...withinBytes(rows, mostBytes.table * share, (hidden) => tableRow([`and ${hidden} more`, '', '', '', ''])),
  ].join('\n');
}

/** Named where it is not the gate's. */
const judgedBy = ({ scenario }: Run, { name }: ComparedMetric) => (name === scenario.gate.metric ? '' : ` (${name})`);

function measuredTable(run: Run, share: number): string {
  const names = ['p50', 'p95', 'p99', 'throughput', 'errors'] as const;
  const rows = Object.keys(run.variants).flatMap((variant) =>
    run.scenario.endpoints.map((endpoint) =>
      tableRow([
        cell(endpoint),
        ...names.map((name) => {
          const metric = metricOf(run, variant, endpoint, name);
          return metric ? formatMetric(metric.value, metric.unit) : 'n/a';
        }),
      ]),
    ),
  );
  return [
    tableRow(['endpoint', ...names]),
    '| :-- | --: | --: | --: | --: | --: |',
    ...withinBytes(rows, mostBytes.table * share, (hidden) => tableRow([`and ${hidden} more`, '', '', '', '', ''])),
  ].join('\n');
}

function findingBlocks(run: Run, showParameters: boolean, share: number): readonly string[] {
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

/** As many of the blocks as fit, and a last one for the rest. */
export function withinBytes(
  blocks: readonly string[],
  most: number,
  rest: (hidden: number) => string,
): readonly string[] {
  let left = most;
  const kept = blocks.filter((block) => {
    left -= Buffer.byteLength(block);
    return left >= 0;
  });
  return kept.length === blocks.length ? kept : [...kept, rest(blocks.length - kept.length)];
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
      return `**Measured:** ${prose(entry.label)}: ${formatMs(entry.beforeMs)} → ${formatMs(entry.afterMs)} (${formatSpeedup(entry.beforeMs, entry.afterMs)}), ${prose(entry.method)}; median of ${plural(entry.runs, 'run')}`;
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
    case 'plan':
    case 'table':
      return '';
  }
}

function footer(run: Run, share: number): string {
  const { passed, withoutResult } = auditResults(run);
  const resolution = resolutionSentence(run);
  const trust = run.validity.trusted ? 'Measurement trusted' : 'Measurement **not trusted**';
  const lines = [
    ...run.validity.warnings.map(({ message }) => prose(message, 500)),
    ...coverageSentences(run).map((sentence) => prose(sentence, 600)),
    ...(passed.length > 0 ? [`passed: ${passed.map(({ id }) => inlineCode(clipText(id, 100))).join(', ')}`] : []),
    ...withoutResult.map(
      (entry) =>
        `${entry.status}: ${inlineCode(clipText(entry.id, 100))}${prose(inVariants(run, entry))}, ${prose(entry.reason, 500)}`,
    ),
    `${inlineCode(clipText(run.scenario.command, 500))}, ${prose(formatTime(run.startedAt))}, ${prose(`${run.tool.name} ${run.tool.version}`)}`,
  ];
  return [
    resolution === undefined ? `${trust}.` : `${trust}; it resolves ${resolution}.`,
    `<details><summary>Audits and method</summary>\n\n${withinBytes(
      lines,
      mostBytes.footer * share,
      (hidden) => `and ${hidden} more`,
    )
      .map((line) => `- ${line}`)
      .join('\n')}\n\n</details>`,
  ].join('\n\n');
}
