import type { LoadedRun, Run } from '../../model/run.ts';
import { adviceSentence } from '../advice-text.ts';
import { auditResults, inVariants } from '../audit-results.ts';
import { coverageSentences } from '../coverage-text.ts';
import { findingSections } from '../finding-sections.ts';
import { formatMs, formatTime } from '../format.ts';
import { oneLine } from '../untrusted-text.ts';
import { variantsText } from '../variant-label.ts';
import { designSentence, doubtSentence, resolutionSentence, verdictSentence, verdictSigns } from '../verdict-text.ts';
import { labelled } from './columns.ts';
import { fitEnd, wrapText } from './display-width.ts';
import { comparedEndpointLines, measuredEndpointLines } from './endpoint-lines.ts';
import { findingSectionLines } from './finding-lines.ts';
import { gateFailureLines, gateLines } from './gate-lines.ts';
import { type Palette, palette, type TerminalOptions, usableWidth } from './palette.ts';

export interface RenderTerminalOptions extends TerminalOptions {
  /** Statements with their literals; without it they are shown normalised. */
  readonly showParameters: boolean;
  /** Where the HTML report was written: named at the end, with the command that renders this run again. */
  readonly htmlPath?: string;
}

const labelWidth = 11;

/**
 * The report of a run for a terminal, verdict first, ending in a newline; where the gate fails, why it does comes before.
 *
 * No line is wider than `width` (at least 60), except that of a path: one that is cut cannot be opened.
 */
export function renderTerminal({ run }: LoadedRun, options: RenderTerminalOptions): string {
  const width = usableWidth(options.width);
  const paint = palette(options.color);
  const { comparison } = run;
  const endpoints = comparison
    ? comparedEndpointLines(run, width, paint)
    : Object.keys(run.variants).flatMap((variant) => measuredEndpointLines(run, variant, width, paint));
  const lines = [
    ...gateFailureLines(run, width, paint),
    headline(run, width, paint),
    '',
    ...verdictLines(run, width, paint),
    '',
    ...endpoints,
    '',
    ...findingSections(run).flatMap((section) =>
      findingSectionLines(run, section, { width, paint, showParameters: options.showParameters }),
    ),
    ...gateLines(run, width, paint, labelWidth),
    ...footerLines(run, width, paint),
    ...nextLines(options.htmlPath, width, paint),
  ];
  return `${lines.join('\n')}\n`;
}

function headline(run: Run, width: number, paint: Palette): string {
  const rest = [
    oneLine(run.scenario.name),
    oneLine(variantsText(run)),
    formatTime(run.startedAt),
    formatMs(run.durationMs),
  ].filter(Boolean);
  return paint.strong('chokepoint') + paint.faint(fitEnd(`  ${rest.join(' · ')}`, width - 'chokepoint'.length));
}

function verdictLines(run: Run, width: number, paint: Palette): readonly string[] {
  const { comparison } = run;
  const sentence = wrapText(oneLine(verdictSentence(run)), width, 4);
  const verdict = comparison
    ? [paint.verdict[comparison.verdict](`${verdictSigns[comparison.verdict]} ${comparison.verdict}`)]
    : [];
  const doubt = doubtSentence(run, 'see TRUST below');
  const advice = adviceSentence(run);
  const toDo = advice === undefined ? [] : wrapText(oneLine(`→ ${advice}`), width, 3).map(paint.accent);
  return [...verdict, ...sentence, ...toDo, ...(doubt === undefined ? [] : wrapText(doubt, width, 2).map(paint.bad))];
}

/** Of one entry: enough for what the tool itself says, whatever comes from the service. */
const mostLines = 9;

function footerLines(run: Run, width: number, paint: Palette): readonly string[] {
  const room = width - labelWidth;
  const block = (label: string, text: string, color = paint.faint) =>
    labelled({ text: label, paint: paint.faint }, wrapText(oneLine(text), room, mostLines).map(color), labelWidth);
  const { passed, withoutResult } = auditResults(run);
  const { trusted, overridden, warnings } = run.validity;
  return [
    ...(passed.length > 0 ? block('PASSED', passed.map(({ id }) => id).join(', ')) : []),
    ...withoutResult.flatMap((entry) =>
      block(
        entry.status === 'inconclusive' ? 'UNDECIDED' : entry.status.toUpperCase(),
        entry.ids.length === 1
          ? `${entry.ids[0]}${inVariants(run, entry)}: ${entry.reason}`
          : `${entry.reason}${inVariants(run, entry)}: ${entry.ids.join(', ')}`,
        entry.status === 'errored' ? paint.bad : paint.faint,
      ),
    ),
    ...coverageSentences(run).flatMap((sentence, index) => block(index === 0 ? 'STATEMENTS' : '', sentence)),
    ...(trusted
      ? block('TRUST', 'trusted: nothing was attached to the service while it was measured')
      : block('TRUST', overridden ? 'not trusted, overridden by --trust-anyway' : 'not trusted', paint.bad)),
    ...warnings.flatMap(({ level, message }) => block('', message, level === 'untrusted' ? paint.bad : paint.faint)),
    ...designLines(run, block),
    ...resolutionLines(run, block),
  ];
}

type Block = (label: string, text: string) => readonly string[];

function designLines(run: Run, block: Block): readonly string[] {
  const sentence = designSentence(run);
  return sentence === undefined ? [] : block('', sentence);
}

function resolutionLines(run: Run, block: Block): readonly string[] {
  const sentence = resolutionSentence(run);
  return sentence === undefined ? [] : block('RESOLVES', sentence);
}

function nextLines(htmlPath: string | undefined, width: number, paint: Palette): readonly string[] {
  if (htmlPath === undefined) return [];
  const folder = oneLine(htmlPath.replace(/[/\\][^/\\]*$/, ''));
  const command = `chokepoint report ${folder} --format markdown`;
  const indent = '  ';
  // In two lines a shell still takes it for one.
  const lines =
    command.length + indent.length <= width
      ? [command]
      : ['chokepoint report --format markdown \\', `${indent}${folder}`];
  return ['', paint.faint('NEXT'), ...[oneLine(htmlPath), ...lines].map((text) => paint.accent(`${indent}${text}`))];
}
