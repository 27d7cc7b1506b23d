import type { ComparedMetric } from '../../model/comparison.ts';
import type { Run } from '../../model/run.ts';
import { endpointRows, metricOf } from '../endpoint-rows.ts';
import { formatComparedChange, formatComparedInterval, formatMetric, plural } from '../format.ts';
import { oneLine } from '../untrusted-text.ts';
import { verdictSigns } from '../verdict-text.ts';
import { wholeLoadRows } from '../whole-load.ts';
import { type Cell, columnLines, labelled } from './columns.ts';
import { fitEndpoint, wrapText } from './display-width.ts';
import type { Palette } from './palette.ts';
import { whyLines } from './why-lines.ts';

/** The comparison, an endpoint a line by the metric that gates; further metrics that a reader must not miss follow it. */
export function comparedEndpointLines(run: Run, width: number, paint: Palette): readonly string[] {
  const head = [
    run.scenario.gate.metric,
    'before',
    'after',
    width < 80 ? 'change (90 %)' : 'change (90 % interval)',
    '',
  ];
  const rows: (readonly Cell[])[] = [head.map((text) => ({ text, paint: paint.faint }))];
  /** The reasons of an endpoint stand below the last of its rows. */
  const reasons = new Map<number, readonly string[]>();
  const compared = (name: string, metric: ComparedMetric): readonly Cell[] => [
    { text: name },
    { text: formatMetric(metric.before, metric.unit) },
    { text: formatMetric(metric.after, metric.unit) },
    { text: formatComparedInterval(metric) },
    { text: `${verdictSigns[metric.verdict]} ${metric.verdict}`, paint: paint.verdict[metric.verdict] },
  ];
  for (const row of endpointRows(run)) {
    if (row.status === 'compared') {
      const by = row.metric.name === run.scenario.gate.metric ? '' : ` ${row.metric.name}`;
      rows.push(compared(oneLine(row.endpoint) + by, row.metric));
    } else rows.push([{ text: oneLine(row.endpoint) }, { text: 'n/a' }, { text: 'n/a' }, { text: '' }, { text: '' }]);
    for (const metric of row.notable) rows.push(compared(`  ${metric.name}`, metric));
    reasons.set(rows.length - 1, whyLines(run, row.endpoint, width, paint));
  }
  const lines = columnLines(rows, {
    width,
    align: ['left', 'right', 'right', 'left', 'left'],
    flex: 0,
    shorten: fitEndpoint,
  });
  return [
    ...lines.flatMap((line, index) => [line, ...(reasons.get(index) ?? [])]),
    ...noteLines(run, width, paint),
    ...wholeLoadLines(run, width, paint),
  ];
}

/** What decides nothing, in as few lines as it takes: `all endpoints: throughput 506/s → 692/s (+37 %), CPU …`. */
function wholeLoadLines({ comparison }: Run, width: number, paint: Palette): readonly string[] {
  const texts = (comparison ? wholeLoadRows(comparison) : []).map(
    ({ label, metric }) =>
      `${label} ${formatMetric(metric.before, metric.unit)} → ${formatMetric(metric.after, metric.unit)} (${formatComparedChange(metric)})`,
  );
  return texts.length === 0 ? [] : wrapText(`all endpoints: ${texts.join(', ')}`, width, 3).map(paint.faint);
}

/** Why an endpoint was not judged by the gate's metric. */
function noteLines(run: Run, width: number, paint: Palette): readonly string[] {
  return endpointRows(run).flatMap((row) =>
    row.note === undefined
      ? []
      : labelled(
          { text: 'n/a', paint: paint.faint },
          wrapText(`${fitEndpoint(oneLine(row.endpoint), 40)}: ${oneLine(row.note)}`, width - 5, 2).map(paint.faint),
          5,
        ),
  );
}

/** One variant by itself: quantiles, throughput and errors, an endpoint a line. */
export function measuredEndpointLines(run: Run, variant: string, width: number, paint: Palette): readonly string[] {
  const names = ['p50', 'p95', 'p99', 'throughput', 'errors'] as const;
  const head = ['', ...names].map((text) => ({ text, paint: paint.faint }));
  const missing = new Set<string>();
  const rows = run.scenario.endpoints.map((endpoint): readonly Cell[] => [
    { text: oneLine(endpoint) },
    ...names.map((name): Cell => {
      const metric = metricOf(run, variant, endpoint, name);
      if (!metric || metric.value === null) {
        if (metric?.requestsNeeded) {
          const need = name === 'errors' ? 'need' : 'needs';
          missing.add(`${name} ${need} ${plural(metric.requestsNeeded, 'request')} a round`);
        }
        return { text: 'n/a', paint: paint.faint };
      }
      const failing = name === 'errors' && metric.value > run.scenario.gate.errors * 100;
      return { text: formatMetric(metric.value, metric.unit), ...(failing ? { paint: paint.bad } : {}) };
    }),
  ]);
  const align = ['left', ...names.map(() => 'right' as const)] as const;
  const lines = columnLines([head, ...rows], { width, align, flex: 0, shorten: fitEndpoint });
  return [...lines, ...[...missing].map((text) => paint.faint(`n/a  ${text}`))];
}
