import type { ComparedMetric } from '../../model/comparison.ts';
import type { Run } from '../../model/run.ts';
import { endpointRows, metricOf, needed } from '../endpoint-rows.ts';
import { formatComparedInterval, formatMetric } from '../format.ts';
import { oneLine } from '../untrusted-text.ts';
import { verdictSigns } from '../verdict-text.ts';
import { type Cell, columnLines } from './columns.ts';
import { fitEndpoint } from './display-width.ts';
import type { Palette } from './palette.ts';

/** The comparison, an endpoint a line by the metric that gates; further metrics that a reader must not miss follow it. */
export function comparedEndpointLines(run: Run, width: number, paint: Palette): readonly string[] {
  const head = [run.scenario.gate.metric, 'before', 'after', 'change (90 % interval)', ''];
  const rows: (readonly Cell[])[] = [head.map((text) => ({ text, paint: paint.faint }))];
  const compared = (name: string, metric: ComparedMetric): readonly Cell[] => [
    { text: name },
    { text: formatMetric(metric.before, metric.unit) },
    { text: formatMetric(metric.after, metric.unit) },
    { text: formatComparedInterval(metric) },
    { text: `${verdictSigns[metric.verdict]} ${metric.verdict}`, paint: paint.verdict[metric.verdict] },
  ];
  for (const row of endpointRows(run)) {
    if (row.status === 'compared') rows.push(compared(oneLine(row.endpoint), row.metric));
    else rows.push([{ text: oneLine(row.endpoint) }, { text: 'n/a' }, { text: 'n/a' }, { text: '' }, { text: '' }]);
    for (const metric of row.notable) rows.push(compared(`  ${metric.name}`, metric));
  }
  const lines = columnLines(rows, {
    width,
    align: ['left', 'right', 'right', 'left', 'left'],
    flex: 0,
    shorten: fitEndpoint,
  });
  return [...lines, ...unavailableLines(run, width, paint)];
}

function unavailableLines(run: Run, width: number, paint: Palette): readonly string[] {
  const rows = endpointRows(run).flatMap((row) =>
    row.status === 'unavailable'
      ? [[{ text: `n/a  ${oneLine(row.endpoint)}: ${row.name} ${oneLine(row.reason)}`, paint: paint.faint }]]
      : [],
  );
  return columnLines(rows, { width, align: ['left'], flex: 0 });
}

/** One variant by itself: quantiles, throughput and errors, an endpoint a line; the best guess for a reader is a column of its own. */
export function measuredEndpointLines(run: Run, variant: string, width: number, paint: Palette): readonly string[] {
  const names = ['p50', 'p95', 'p99', 'throughput', 'errors'] as const;
  const head = ['', ...names].map((text) => ({ text, paint: paint.faint }));
  const missing = new Set<string>();
  const rows = run.scenario.endpoints.map((endpoint): readonly Cell[] => [
    { text: oneLine(endpoint) },
    ...names.map((name): Cell => {
      const metric = metricOf(run, variant, endpoint, name);
      if (!metric || metric.value === null) {
        if (metric) missing.add(`${name} ${needed(metric) ?? 'had too few requests'}`);
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
