import type { QueryLogReport, StatementTotals } from '../../model/query-log.ts';
import { formatCount, formatMs, formatShare, plural } from '../format.ts';
import { limitTexts, readText, spanText } from '../log-coverage-text.ts';
import type { LogLoop } from '../log-loop.ts';
import { statementText } from '../statement-text.ts';
import { oneLine } from '../untrusted-text.ts';
import { type Cell, columnLines } from './columns.ts';
import { fitEnd, wrapText } from './display-width.ts';
import type { LogLayout } from './log-layout.ts';
import { loopLines } from './log-loop-lines.ts';
import { planLines, timelineLines } from './log-time-lines.ts';
import { palette, type TerminalOptions, usableWidth } from './palette.ts';

export interface RenderQueryLogOptions extends TerminalOptions {
  /** Statements as they were sent, where the report holds them. */
  readonly showParameters: boolean;
  /** Entries of each section. */
  readonly top: number;
}

/** Loops that the service seems to run first, then where the database's time went, then what the log cannot tell. */
export function renderQueryLog(report: QueryLogReport, options: RenderQueryLogOptions): string {
  const { showParameters } = options;
  const layout: LogLayout = {
    width: usableWidth(options.width),
    limit: options.top,
    paint: palette(options.color),
    text: ({ normalized, example }) =>
      oneLine(statementText(showParameters ? (example ?? normalized) : normalized, showParameters)),
  };
  const blocks = [
    headLines(report, layout),
    loopSection('ONE QUERY PER ROW (N+1)', report.nPlusOne, layout),
    loopSection('THE SAME QUERY AGAIN', report.duplicates, layout),
    loopSection('ROWS WRITTEN ONE BY ONE', report.writeLoops, layout),
    statementSection(report, layout),
    planLines(report, layout),
    timelineLines(report.timeline, layout),
    errorSection(report, layout),
    warningSection(report, layout),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headLines({ source, totals, coverage }: QueryLogReport, { width, paint }: LogLayout): readonly string[] {
  const span = spanText(totals);
  return [
    paint.strong(fitEnd(oneLine(source), width)),
    ...wrapText(
      [
        `${plural(totals.statements, 'execution')} of ${plural(totals.distinctStatements, 'statement')}`,
        `${formatMs(totals.totalMs)} in the database`,
        plural(totals.sessions, 'session'),
        readText(coverage),
      ].join('; '),
      width,
    ),
    ...(span === undefined ? [] : [paint.faint(span)]),
  ];
}

function loopSection(
  title: string,
  loops: readonly LogLoop[],
  { width, limit, paint, text }: LogLayout,
): readonly string[] {
  if (loops.length === 0) return [];
  const hidden = loops.length - limit;
  return [
    `${paint.unsure(paint.strong(title))}${paint.faint(`  ${loops.length}`)}`,
    ...loops.slice(0, limit).flatMap((loop) => loopLines(loop, { width, paint, text })),
    ...(hidden > 0 ? [paint.faint(`    and ${formatCount(hidden)} more`)] : []),
  ];
}

function statementSection(
  { statements, other }: QueryLogReport,
  { width, limit, paint, text }: LogLayout,
): readonly string[] {
  if (statements.length === 0) return [];
  const head = ['total', 'share', 'calls', 'mean', 'p95', 'statement'].map((name) => ({
    text: name,
    paint: paint.faint,
  }));
  const row = (entry: StatementTotals): readonly Cell[] => [
    { text: entry.timedCalls === 0 ? 'n/a' : formatMs(entry.totalMs), paint: paint.strong },
    { text: entry.timedCalls === 0 ? '' : formatShare(entry.share) },
    { text: formatCount(entry.calls) },
    { text: entry.meanMs === undefined ? '' : formatMs(entry.meanMs) },
    { text: entry.p95Ms === undefined ? '' : formatMs(entry.p95Ms) },
    { text: text(entry.statement) },
  ];
  const hidden = statements.length - limit;
  return [
    paint.strong('WHERE THE TIME WENT'),
    ...columnLines([head, ...statements.slice(0, limit).map(row)], {
      width,
      align: ['right', 'right', 'right', 'right', 'right', 'left'],
      flex: 5,
      shorten: fitEnd,
    }),
    ...(hidden > 0 ? [paint.faint(`and ${plural(hidden, 'more statement')}`)] : []),
    ...(other ? [paint.faint(`and ${plural(other.calls, 'call')} of others, ${formatMs(other.totalMs)}`)] : []),
  ];
}

function errorSection({ errors }: QueryLogReport, { width, limit, paint, text }: LogLayout): readonly string[] {
  if (errors.length === 0) return [];
  const rows = errors
    .slice(0, limit)
    .map(({ error, calls, statement }) => [
      { text: formatCount(calls) },
      { text: fitEnd(oneLine(error), 24), paint: paint.bad },
      { text: text(statement) },
    ]);
  return [
    paint.bad(paint.strong('ERRORS')),
    ...columnLines(rows, { width, align: ['right', 'left', 'left'], flex: 2, shorten: fitEnd }),
  ];
}

function warningSection(report: QueryLogReport, { width, paint }: LogLayout): readonly string[] {
  const lines = limitTexts(report);
  if (lines.length === 0) return [];
  return [paint.strong('WHAT THIS LOG CANNOT TELL'), ...lines.flatMap((line) => bulleted(oneLine(line), width))];
}

const bulleted = (line: string, width: number) =>
  wrapText(line, width - 2).map((part, index) => `${index === 0 ? '- ' : '  '}${part}`);
