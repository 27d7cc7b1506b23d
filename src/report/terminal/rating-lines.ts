import type { StatementPlan } from '../../model/plans.ts';
import type { StatementRating } from '../../model/statement-rating.ts';
import { formatMs } from '../format.ts';
import { statementText } from '../statement-text.ts';
import { oneLine } from '../untrusted-text.ts';
import { type Cell, columnLines, labelled } from './columns.ts';
import { fitEnd, wrapText } from './display-width.ts';
import type { Palette } from './palette.ts';

interface RatingLayout {
  readonly width: number;
  readonly showParameters: boolean;
  readonly paint: Palette;
}

/** One line for each statement: how it is rated, what it takes, and what is wrong with it first of all. */
export function overviewLines(
  statements: readonly StatementPlan[],
  ratings: readonly StatementRating[],
  { width, showParameters, paint }: RatingLayout,
): readonly string[] {
  const rows = statements.map((statement, index): readonly Cell[] => {
    const rating = ratings.find(({ fingerprint }) => fingerprint === statement.fingerprint);
    return [
      { text: String(index + 1), paint: paint.faint },
      mark(rating, paint),
      { text: rating?.totalMs === undefined ? '' : formatMs(rating.totalMs) },
      { text: oneLine(statementText(statement.sql, showParameters)) },
    ];
  });
  return columnLines(rows, { width, align: ['right', 'left', 'right', 'left'], flex: 3, shorten: fitEnd });
}

/** What is wrong with one statement, and what to do about it. */
export function faultLines(
  rating: StatementRating,
  labelWidth: number,
  layout: Pick<RatingLayout, 'width' | 'paint'>,
): readonly string[] {
  const { width, paint } = layout;
  const room = width - labelWidth;
  return rating.faults.flatMap(({ grade, summary, advice }) => [
    ...labelled({ text: grade, paint: paint.bad }, wrapText(oneLine(summary), room).map(paint.strong), labelWidth),
    ...labelled({ text: 'advice', paint: paint.faint }, wrapText(oneLine(advice), room), labelWidth),
  ]);
}

function mark(rating: StatementRating | undefined, paint: Palette): Cell {
  switch (rating?.rating) {
    case 'faulty':
      return { text: 'to mend', paint: paint.bad };
    case 'fine':
      return { text: 'fine', paint: paint.good };
    default:
      return { text: 'not run', paint: paint.unsure };
  }
}
