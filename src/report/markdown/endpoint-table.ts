import type { ComparedMetric, Comparison } from '../../model/comparison.ts';
import type { Run } from '../../model/run.ts';
import { endpointRows, metricOf } from '../endpoint-rows.ts';
import { formatComparedInterval, formatMetric } from '../format.ts';
import { variantLabel } from '../variant-label.ts';
import { verdictSigns } from '../verdict-text.ts';
import { wholeLoadRows } from '../whole-load.ts';
import { cell, mostBytes, prose, tableRow, withinBytes } from './markdown-blocks.ts';

/** Every endpoint with the figures that decide or were measured, and what was compared of the whole load. */
export function endpointTable(run: Run, share: number): string {
  const { comparison } = run;
  return comparison ? comparedTable(run, comparison, share) : measuredTable(run, share);
}

function comparedTable(run: Run, comparison: Comparison, share: number): string {
  const { scenario } = run;
  const rows = endpointRows(run).flatMap((row) => {
    const notable = row.notable.map((metric) => ({ name: metric.name, metric }));
    const primary =
      row.status === 'compared' ? [] : [tableRow([cell(row.endpoint), 'n/a', 'n/a', prose(row.note), ''])];
    const compared = row.status === 'compared' ? [{ name: '', metric: row.metric }, ...notable] : notable;
    return [
      ...primary,
      ...compared.map(({ name, metric }) =>
        metricRow(name === '' ? cell(row.endpoint) + judgedBy(run, metric) : `– ${name}`, metric),
      ),
    ];
  });
  const ofAll = wholeLoadRows(comparison).map(({ label, metric }) => metricRow(`all: ${label}`, metric));
  return [
    tableRow([
      scenario.gate.metric,
      prose(variantLabel(run, comparison.before)),
      prose(variantLabel(run, comparison.after)),
      'change (90 % interval)',
      'verdict',
    ]),
    '| :-- | --: | --: | :-- | :-- |',
    ...withinBytes(rows, mostBytes.table * share, (hidden) => tableRow([`and ${hidden} more`, '', '', '', ''])),
    ...ofAll,
  ].join('\n');
}

function metricRow(label: string, metric: ComparedMetric): string {
  return tableRow([
    label,
    formatMetric(metric.before, metric.unit),
    formatMetric(metric.after, metric.unit),
    formatComparedInterval(metric),
    `${verdictSigns[metric.verdict]} ${metric.verdict}`,
  ]);
}

/** Named where it is not the gate's. */
const judgedBy = ({ scenario }: Run, { name }: ComparedMetric) => (name === scenario.gate.metric ? '' : ` (${name})`);

function measuredTable(run: Run, share: number): string {
  const names = ['p50', 'p95', 'p99', 'throughput', 'errors'] as const;
  const rows = Object.keys(run.variants).flatMap((variant) =>
    run.scenario.endpoints.map((endpoint) =>
      tableRow([
        cell(endpoint),
        ...names.map((name) => {
          const metric = metricOf(run, variant, endpoint, name);
          return metric ? formatMetric(metric.value, metric.unit) : 'n/a';
        }),
      ]),
    ),
  );
  return [
    tableRow(['endpoint', ...names]),
    '| :-- | --: | --: | --: | --: | --: |',
    ...withinBytes(rows, mostBytes.table * share, (hidden) => tableRow([`and ${hidden} more`, '', '', '', '', ''])),
  ].join('\n');
}
