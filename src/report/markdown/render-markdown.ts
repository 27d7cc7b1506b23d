import type { Verdict } from '../../model/comparison.ts';
import type { LoadedRun, RuleResult, Run } from '../../model/run.ts';
import { auditResults, inVariants } from '../audit-results.ts';
import { coverageSentences } from '../coverage-text.ts';
import { formatMs, formatRate, formatTime, plural } from '../format.ts';
import type { ReportHeading } from '../report-heading.ts';
import { clipText } from '../untrusted-text.ts';
import { doubtSentence, resolutionSentence, verdictSentence, verdictSigns } from '../verdict-text.ts';
import { endpointTable } from './endpoint-table.ts';
import { inlineCode } from './escape-markdown.ts';
import { findingBlocks } from './finding-blocks.ts';
import { code, mostBytes, prose, withinBytes } from './markdown-blocks.ts';

export interface RenderMarkdownOptions {
  readonly showParameters: boolean;
  readonly heading?: ReportHeading;
}

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
        `${entry.status}: ${entry.ids.map((id) => inlineCode(clipText(id, 100))).join(', ')}${prose(inVariants(run, entry))}, ${prose(entry.reason, 500)}`,
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
