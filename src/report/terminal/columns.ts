import Table from 'cli-table3';
import { displayWidth, fitMiddle } from './display-width.ts';
import type { Paint } from './palette.ts';

export interface Cell {
  /** Plain text: colours come from `paint`, after the text was fitted. */
  readonly text: string;
  readonly paint?: Paint;
}

export interface ColumnsLayout {
  /** Columns of the terminal, `indent` included. */
  readonly width: number;
  readonly indent?: number;
  readonly align: readonly ('left' | 'right')[];
  /** The column that gives way where the line is too long. */
  readonly flex: number;
  /** Shortens a text of the flexible column; in the middle where nothing else is said. */
  readonly shorten?: (text: string, width: number) => string;
}

/** Columns of the flexible column below which the gaps give way first, and below which it never goes. */
const tight = 12;
const narrowest = 8;

const noBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

/** Rows as lines in aligned columns, none wider than the layout allows and none ending in spaces. */
export function columnLines(rows: readonly (readonly Cell[])[], layout: ColumnsLayout): readonly string[] {
  if (rows.length === 0) return [];
  const { width, indent = 0, align, flex, shorten = fitMiddle } = layout;
  const natural = align.map((_, column) => Math.max(...rows.map((row) => displayWidth(row[column]?.text ?? ''))));
  const fixed = natural.reduce((sum, columnWidth, column) => (column === flex ? sum : sum + columnWidth), 0);
  const roomWith = (gap: number) => width - indent - fixed - gap * (align.length - 1);
  const gap = roomWith(2) < tight ? 1 : 2;
  const room = Math.max(roomWith(gap), narrowest);
  const table = new Table({
    chars: noBorders,
    style: { 'padding-left': 0, 'padding-right': gap, head: [], border: [] },
    colAligns: [...align],
  });
  for (const row of rows) {
    table.push(
      row.map(({ text, paint }, column) => {
        const fitted = column === flex ? shorten(text, room) : text;
        return paint ? paint(fitted) : fitted;
      }),
    );
  }
  return table
    .toString()
    .split('\n')
    .map((line) => `${' '.repeat(indent)}${line}`.trimEnd());
}

/** Lines with a label to their left on the first of them. */
export function labelled(label: Cell, lines: readonly string[], labelWidth: number, indent = 0): readonly string[] {
  const margin = ' '.repeat(indent);
  const blank = ' '.repeat(labelWidth);
  const padded = label.text + ' '.repeat(Math.max(labelWidth - displayWidth(label.text), 0));
  const painted = label.paint ? label.paint(padded) : padded;
  return lines.map((line, index) => `${margin}${index === 0 ? painted : blank}${line}`.trimEnd());
}
