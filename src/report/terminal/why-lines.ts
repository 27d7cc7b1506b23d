import type { Cause } from '../../model/comparison.ts';
import type { Run } from '../../model/run.ts';
import { formatMs } from '../format.ts';
import { clipText, oneLine } from '../untrusted-text.ts';
import { labelled } from './columns.ts';
import { wrapText } from './display-width.ts';
import type { Palette } from './palette.ts';

const indent = 2;
const labelWidth = 5;

/** Lines of one cause: with a statement or a function of a long name in it, it takes two. */
const mostLines = 3;

/** Names from the service have any length. */
const longestSummary = 400;

/** The causes of one endpoint's change, most likely first: `why` before the first, `and` before the others. */
export function whyLines(run: Run, endpoint: string, width: number, paint: Palette): readonly string[] {
  const causes = run.comparison?.causes.filter((cause) => cause.endpoint === endpoint) ?? [];
  return causes.flatMap((cause, index) =>
    labelled(
      { text: index === 0 ? 'why' : 'and', paint: paint.faint },
      wrapText(causeText(cause), width - indent - labelWidth, mostLines),
      labelWidth,
      indent,
    ),
  );
}

/** The figure first, since the text may be cut. */
function causeText({ summary, explainsMs }: Cause): string {
  const figure = explainsMs === undefined ? '' : `${explainsMs > 0 ? '+' : ''}${formatMs(explainsMs)}: `;
  return oneLine(figure + clipText(summary, longestSummary));
}
