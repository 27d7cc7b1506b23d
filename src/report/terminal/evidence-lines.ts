import type { Evidence } from '../../model/finding.ts';
import { type PlanNode, planNodes } from '../../model/plan-node.ts';
import { formatCount, formatMs, formatRate, formatShare, formatSpeedup, formatUs } from '../format.ts';
import { codePlaceText, frameName, framePlace } from '../frame-label.ts';
import { statementText } from '../statement-text.ts';
import { oneLine } from '../untrusted-text.ts';
import { labelled } from './columns.ts';
import { fitEnd, wrapText } from './display-width.ts';
import type { Palette } from './palette.ts';

/** Lines that the evidence of one finding may take, besides that of its place: a reader wants the next finding, the rest stands in the HTML report. */
const mostLines = 6;
const labelWidth = 11;

/** What matters first: what was seen, what it costs, where it is, what mends it. */
const order = ['statement', 'frames', 'plan', 'measurement', 'fix'] as const;

interface EvidenceLayout {
  readonly width: number;
  readonly indent: number;
  readonly showParameters: boolean;
  readonly paint: Palette;
}

/**
 * The key evidence of a finding: one entry of each kind at the most, in two lines or fewer each.
 *
 * The fix comes last; where the finding has none of its own, it is the general one of the audit.
 */
export function evidenceLines(
  evidence: readonly Evidence[],
  auditFix: string | undefined,
  layout: EvidenceLayout,
): readonly string[] {
  const general: readonly Evidence[] =
    auditFix === undefined ? [] : [{ kind: 'fix', label: '', language: 'text', text: auditFix }];
  const first = order.flatMap((kind) => [...evidence, ...general].find((entry) => entry.kind === kind) ?? []);
  const shown = first.length > 0 ? first : evidence.filter(({ kind }) => kind === 'text').slice(0, 1);
  const blocks = shown.map((entry) => evidenceBlock(entry, layout));
  // The fix is what a reader takes away, so that the lines before it give way.
  const last = blocks.at(-1) ?? [];
  const isPlaced = shown.some((entry) => entry.kind === 'statement' && entry.place !== undefined);
  const most = isPlaced ? mostLines + 1 : mostLines;
  return [
    ...blocks
      .slice(0, -1)
      .flat()
      .slice(0, most - last.length),
    ...last,
  ];
}

function evidenceBlock(entry: Evidence, layout: EvidenceLayout): readonly string[] {
  const { width, indent, showParameters, paint } = layout;
  const room = width - indent - labelWidth;
  const block = (label: string, lines: readonly string[]) =>
    labelled({ text: label, paint: paint.faint }, lines, labelWidth, indent);
  switch (entry.kind) {
    case 'statement': {
      const cost = statementCost(entry.calls, entry.totalMs);
      const sql = oneLine(statementText(entry.sql, showParameters));
      return block('statement', [
        fitEnd(sql, room),
        ...(cost === '' ? [] : [paint.strong(fitEnd(cost, room))]),
        ...(entry.place ? [fitEnd(`at ${codePlaceText(entry.place)}`, room)] : []),
      ]);
    }
    case 'frames': {
      const [hottest] = entry.rows;
      if (!hottest) return [];
      const place = framePlace(hottest.frame);
      return block('place', [
        fitEnd(`${frameName(hottest.frame)}${place === '' ? '' : `  ${place}`}`, room),
        paint.strong(
          fitEnd(
            `${formatUs(hottest.selfUsPerRequest)} of CPU in each request, ${formatShare(hottest.share)} of its time`,
            room,
          ),
        ),
      ]);
    }
    case 'plan':
      return block('plan', [fitEnd(dearestNode(entry.plan), room)]);
    case 'measurement': {
      const { beforeMs, afterMs, label, runs, average = 'median' } = entry;
      const gain = `${formatMs(beforeMs)} → ${formatMs(afterMs)}`;
      const rest = fitEnd(
        `  ${formatSpeedup(beforeMs, afterMs)}, ${oneLine(label)}, ${average} of ${runs}`,
        room - gain.length,
      );
      return block('measured', [paint.strong(gain) + rest]);
    }
    case 'fix':
      return block('fix', wrapText(oneLine(entry.text), room, 2).map(paint.accent));
    case 'table':
    case 'text':
      return entry.kind === 'text' ? block('', wrapText(oneLine(entry.text), room, 2)) : [];
  }
}

function statementCost(calls: number | undefined, totalMs: number | undefined): string {
  return [
    calls === undefined ? '' : `${formatRate(calls)} × in one request`,
    totalMs === undefined ? '' : `${formatMs(totalMs)} in all`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** The node of a plan with most time of its own, in one line. */
function dearestNode(plan: PlanNode): string {
  const node = [...planNodes(plan)].reduce((dearest, next) =>
    (next.selfMs ?? 0) > (dearest.selfMs ?? 0) ? next : dearest,
  );
  return [
    oneLine(node.relation === undefined ? node.type : `${node.type} on ${node.relation}`),
    node.actualRows === undefined ? '' : `${formatCount(node.actualRows)} rows`,
    node.rowsRemoved === undefined ? '' : `${formatCount(node.rowsRemoved)} removed`,
    node.selfMs === undefined ? '' : formatMs(node.selfMs),
  ]
    .filter(Boolean)
    .join(', ');
}
