import type { LogTimeline, QueryLogReport } from '../../model/query-log.ts';
import { formatCount, formatMs } from '../format.ts';
import { bucketTime, busiest, timelineFigures, widthText } from '../log-coverage-text.ts';
import { visibleText } from '../untrusted-text.ts';
import { labelled } from './columns.ts';
import { fitEnd } from './display-width.ts';
import type { LogLayout } from './log-layout.ts';

const blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/** One bucket alone shows nothing over time. */
const fewestBuckets = 2;
const labelWidth = 22;
const indent = 4;
/** Lines of one plan: where its time went stands near its top. */
const mostPlanLines = 8;
/** Plans are long, and the HTML report has the rest. */
const mostPlans = 3;

type Layout = Pick<LogLayout, 'width' | 'paint'>;

/** Statements, time and errors over time, a line each; several buckets share a column where there is no room for all. */
export function timelineLines(timeline: LogTimeline | undefined, { width, paint }: Layout): readonly string[] {
  const [first, last] = [timeline?.buckets[0], timeline?.buckets.at(-1)];
  if (!timeline || !first || !last || timeline.buckets.length < fewestBuckets) return [];
  const count = (last.startAt - first.startAt) / timeline.widthMs + 1;
  const perColumn = Math.ceil(count / (width - labelWidth - indent));
  const columnOf = (startAt: number) => Math.floor((startAt - first.startAt) / timeline.widthMs / perColumn);
  const row = ({ key, title, format }: (typeof timelineFigures)[number]) => {
    const columns = new Array<number>(Math.ceil(count / perColumn)).fill(0);
    for (const bucket of timeline.buckets) {
      const column = columnOf(bucket.startAt);
      columns[column] = (columns[column] ?? 0) + bucket[key];
    }
    const most = Math.max(...columns);
    if (most === 0) return [];
    const bar = columns.map((value) =>
      value === 0 ? ' ' : (blocks[Math.ceil((value / most) * blocks.length) - 1] ?? ''),
    );
    const best = busiest(timeline, key);
    const peak = `at most ${format(best[key])}, at ${bucketTime(best.startAt, timeline)}`;
    return labelled(
      { text: title, paint: paint.faint },
      [
        (key === 'errors' ? paint.bad : paint.accent)(bar.join('').trimEnd()),
        paint.faint(fitEnd(peak, width - labelWidth - indent)),
      ],
      labelWidth,
      indent,
    );
  };
  return [
    `${paint.strong('OVER TIME')}${paint.faint(`  in each ${widthText(timeline)}`)}`,
    ...timelineFigures.flatMap(row),
  ];
}

/** The plans that auto_explain logged, of the statements that took the most time. */
export function planLines({ statements }: QueryLogReport, { width, paint, text, limit }: LogLayout): readonly string[] {
  const planned = statements.filter(({ plan }) => plan !== undefined);
  if (planned.length === 0) return [];
  const shown = planned.slice(0, Math.min(limit, mostPlans));
  const hidden = planned.length - shown.length;
  return [
    `${paint.strong('PLANS IN THE LOG')}${paint.faint(`  ${formatCount(planned.length)}, the slowest of each statement`)}`,
    ...shown.flatMap(({ statement, plan }) => {
      const lines = visibleText(plan?.text ?? '').split('\n');
      return [
        `    ${paint.accent(fitEnd(text(statement), width - 4))}`,
        ...[formatMs(plan?.durationMs ?? 0), ...lines.slice(0, mostPlanLines)].map((line) =>
          paint.faint(`      ${fitEnd(line.trimEnd().replaceAll('\t', '  '), width - 6)}`),
        ),
        ...(lines.length > mostPlanLines
          ? [paint.faint(`      … ${formatCount(lines.length - mostPlanLines)} more lines`)]
          : []),
      ];
    }),
    ...(hidden > 0 ? [paint.faint(`    and ${formatCount(hidden)} more; --html shows them all`)] : []),
  ];
}
