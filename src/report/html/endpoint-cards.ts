import type { ComparedCount, ComparedMetric, Comparison, Verdict } from '../../model/comparison.ts';
import type { LoadedRun, Run } from '../../model/run.ts';
import { type EndpointRow, endpointRows, metricOf, needed } from '../endpoint-rows.ts';
import { formatChange, formatComparedChange, formatComparedInterval, formatMetric, formatRate } from '../format.ts';
import { marginText, verdictSigns } from '../verdict-text.ts';
import { wholeLoadRows } from '../whole-load.ts';
import { causesBlock } from './causes-block.ts';
import { type ChangeAxis, changeAxis, intervalBar } from './interval-bar.ts';
import { type LoadSeries, latencyOverTime } from './latency-over-time.ts';
import { type Content, html, type Markup } from './markup.ts';
import { quantileChart } from './quantile-chart.ts';
import { type RoundSeries, roundPoints } from './round-points.ts';

const shownMetrics = ['p50', 'p90', 'p95', 'p99', 'throughput', 'errors', 'bytes'] as const;

/** A chip with sign, colour and word, so that no verdict rests on colour alone. */
export function verdictChip(verdict: Verdict): Markup {
  return html`<span class="chip v-${verdict.toLowerCase()}"><span aria-hidden="true">${verdictSigns[verdict]}</span> ${verdict}</span>`;
}

/** One card an endpoint: what changed, how sure that is, every quantile, every round and, in long rounds, every second. */
export function endpointCards({ run, gathered }: LoadedRun): Markup {
  const { comparison } = run;
  if (!comparison) return html`<div class="cards">${measuredCards(run, gathered)}</div>`;
  const rows = endpointRows(run);
  const deciding = rows.flatMap((row) => (row.status === 'compared' ? [row.metric] : []));
  const axis = changeAxis(deciding, comparison);
  return html`<p class="legend"><span><span class="key before"></span>${comparison.before}</span> <span><span class="key after"></span>${comparison.after}</span>
<span><span class="key margin"></span>margin ${marginText(comparison)}</span> <span><span class="key span"></span>90 % interval of the change</span></p>
<div class="cards">${rows.map((row) => comparedCard({ run, gathered }, comparison, row, axis))}</div>${wholeLoad(comparison)}`;
}

function comparedCard(
  { run, gathered }: LoadedRun,
  comparison: Comparison,
  row: EndpointRow,
  axis: ChangeAxis,
): Markup {
  const name = row.status === 'compared' ? row.metric.name : row.name;
  const variants = [
    [comparison.before, 'before'],
    [comparison.after, 'after'],
  ] as const;
  const series = seriesOf(run, row.endpoint, name, variants);
  return html`<article class="card">
<header><h3 class="endpoint">${row.endpoint}</h3>${row.status === 'compared' ? verdictChip(row.metric.verdict) : html`<span class="chip">n/a</span>`}</header>
${row.status === 'compared' ? html`${headline(row.metric)}${intervalBar(row.metric, comparison, axis)}` : undefined}
${row.note === undefined ? undefined : html`<p class="muted note">${row.note}</p>`}
${row.notable.map(notable)}
${causesBlock(comparison, row.endpoint)}
${quantileTable(run, comparison, row.endpoint)}
${quantileChart(row.endpoint, loadsOf(gathered, variants))}
${roundsBlock(series)}
${latencyOverTime(row.endpoint, loadsOf(gathered, variants))}
</article>`;
}

/** What holds for the whole load: throughput, and the CPU time and memory of the service. */
function wholeLoad(comparison: Comparison): Content {
  const { before, after } = comparison;
  const rows = wholeLoadRows(comparison);
  if (rows.length === 0) return undefined;
  return html`<article class="card whole"><h3>All endpoints together</h3><table class="figures"><thead><tr><td></td><th scope="col">${before}</th><th scope="col">${after}</th><th scope="col">change (90 % interval)</th></tr></thead>
<tbody>${rows.map(({ label, metric }) => html`<tr><th scope="row">${label}</th><td>${formatMetric(metric.before, metric.unit)}</td><td>${formatMetric(metric.after, metric.unit)}</td><td>${formatComparedInterval(metric)}</td></tr>`)}</tbody></table></article>`;
}

function headline(metric: ComparedMetric): Markup {
  return html`<p class="headline"><span class="metric">${metric.name}</span>
<span class="figure was">${formatMetric(metric.before, metric.unit)}</span> <span class="arrow" aria-label="then">→</span>
<span class="figure">${formatMetric(metric.after, metric.unit)}</span>
<span class="change v-${metric.verdict.toLowerCase()}">${formatComparedInterval(metric)}</span></p>`;
}

function notable(metric: ComparedMetric): Markup {
  return html`<p class="notable">${verdictChip(metric.verdict)} ${metric.name}: ${formatMetric(metric.before, metric.unit)} → ${formatMetric(metric.after, metric.unit)}, ${formatComparedInterval(metric)}</p>`;
}

function quantileTable(run: Run, comparison: Comparison, endpoint: string): Markup {
  const rows = shownMetrics.flatMap((name) => {
    const before = metricOf(run, comparison.before, endpoint, name);
    const after = metricOf(run, comparison.after, endpoint, name);
    if (!before && !after) return [];
    const missing = [before, after].find((metric) => metric?.value === null);
    if (missing) {
      const reason = needed(missing);
      return [
        html`<tr><th scope="row">${name}</th><td colspan="3" class="muted">${reason === undefined ? 'n/a' : `n/a, ${reason}`}</td></tr>`,
      ];
    }
    const compared = comparison.metrics.find((metric) => metric.endpoint === endpoint && metric.name === name);
    return [
      html`<tr><th scope="row">${name}</th><td>${before ? formatMetric(before.value, before.unit) : 'n/a'}</td>
<td>${after ? formatMetric(after.value, after.unit) : 'n/a'}</td><td>${compared ? formatComparedChange(compared) : ''}</td></tr>`,
    ];
  });
  return html`<table class="figures"><thead><tr><td></td><th scope="col">${comparison.before}</th><th scope="col">${comparison.after}</th><th scope="col">change</th></tr></thead>
<tbody>${rows}${comparison.counts.filter((count) => count.endpoint === endpoint).map(countRow)}</tbody></table>`;
}

const countNames: Readonly<Record<ComparedCount['name'], string>> = { queries: 'statements' };

/** A figure that was counted and not sampled: its change needs no interval. */
function countRow({ name, before, after }: ComparedCount): Markup {
  const change = before > 0 && after !== before ? formatChange(after / before - 1) : '';
  return html`<tr><th scope="row">${countNames[name]}</th><td>${formatRate(before)}</td><td>${formatRate(after)}</td><td>${change}</td></tr>`;
}

function roundsBlock(series: readonly RoundSeries[]): Content {
  const points = roundPoints(series);
  return (
    points &&
    html`<figure class="rounds-figure"><figcaption>Each round’s ${series[0]?.metric.name}</figcaption>${points}</figure>`
  );
}

function seriesOf(
  run: Run,
  endpoint: string,
  name: ComparedMetric['name'],
  variants: ShownVariants,
): readonly RoundSeries[] {
  return variants.flatMap(([variant, kind]) => {
    const metric = metricOf(run, variant, endpoint, name);
    return metric ? [{ name: variant, kind, metric }] : [];
  });
}

type ShownVariants = readonly (readonly [variant: string, kind: 'before' | 'after'])[];

function loadsOf(gathered: LoadedRun['gathered'], variants: ShownVariants): readonly LoadSeries[] {
  return variants.flatMap(([name, kind]) => {
    const load = gathered[name]?.load;
    return load?.status === 'gathered' ? [{ name, kind, load: load.value }] : [];
  });
}

/** A diagnosis has nothing to compare with: the figures and the rounds of each variant. */
function measuredCards(run: Run, gathered: LoadedRun['gathered']): Content {
  const gate = run.scenario.gate.metric;
  return Object.keys(run.variants).flatMap((variant) =>
    run.scenario.endpoints.map((endpoint) => {
      const metric = metricOf(run, variant, endpoint, gate);
      const rows = shownMetrics.flatMap((name) => {
        const shown = metricOf(run, variant, endpoint, name);
        if (!shown) return [];
        return [
          html`<tr><th scope="row">${name}</th>${shown.value === null ? html`<td class="muted">n/a, ${needed(shown)}</td>` : html`<td>${formatMetric(shown.value, shown.unit)}</td>`}</tr>`,
        ];
      });
      return html`<article class="card">
<header><h3 class="endpoint">${endpoint}</h3>${Object.keys(run.variants).length > 1 ? html`<span class="chip">${variant}</span>` : undefined}</header>
<p class="headline"><span class="metric">${gate}</span> <span class="figure">${metric ? formatMetric(metric.value, metric.unit) : 'n/a'}</span></p>
<table class="figures"><tbody>${rows}</tbody></table>
${quantileChart(endpoint, loadsOf(gathered, [[variant, 'after']]))}
${roundsBlock(seriesOf(run, endpoint, gate, [[variant, 'after']]))}
${latencyOverTime(endpoint, loadsOf(gathered, [[variant, 'after']]))}
</article>`;
    }),
  );
}
