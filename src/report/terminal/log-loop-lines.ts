import type { LoggedStatementText, SizeRange } from '../../model/query-log.ts';
import { formatCount, formatMs, plural } from '../format.ts';
import type { LogLoop } from '../log-loop.ts';
import { oneLine } from '../untrusted-text.ts';
import { labelled } from './columns.ts';
import { displayWidth, fitEnd, wrapText } from './display-width.ts';
import type { Palette } from './palette.ts';

interface LoopLayout {
  readonly width: number;
  readonly paint: Palette;
  readonly text: (statement: LoggedStatementText) => string;
}

const indent = 4;
const labelWidth = 11;

/** One loop: how often it ran, what it repeats, what ran before it, and why it has its grade. */
export function loopLines(loop: LogLoop, { width, paint, text }: LoopLayout): readonly string[] {
  const room = width - indent - labelWidth;
  const block = (label: string, lines: readonly string[]) =>
    labelled({ text: label, paint: paint.faint }, lines, labelWidth, indent);
  const cost = 'repeatedMs' in loop ? `${formatMs(loop.repeatedMs)} for nothing` : formatMs(loop.totalMs);
  const right = `${loop.grade} · ${cost}`;
  const title = fitEnd(
    `${sizes(loop.callsPerBurst)} calls, ${formatCount(loop.bursts)} ${loop.bursts === 1 ? 'time' : 'times'} in ${plural(loop.sessions, 'session')}`,
    width - indent - right.length - 2,
  );
  const space = ' '.repeat(width - indent - displayWidth(title) - right.length);
  return [
    `${' '.repeat(indent)}${title}${space}${loop.grade === 'likely' ? paint.strong(right) : paint.faint(right)}`,
    ...block('repeats', wrapText(text(loop.statement), room, 2).map(paint.accent)),
    ...('predecessor' in loop ? block('after', [fitEnd(text(loop.predecessor), room)]) : []),
    ...block('because', wrapText(oneLine(loop.reason), room, 2).map(paint.faint)),
  ];
}

const sizes = ({ min, median, max }: SizeRange) =>
  min === max ? formatCount(max) : `${formatCount(min)} to ${formatCount(max)} (median ${formatCount(median)})`;
