import type { Metric } from '../../model/comparison.ts';
import { formatMetric } from '../format.ts';
import { html, type Markup, percent } from './markup.ts';

/** One variant's rounds, drawn as points of a class. */
export interface RoundSeries {
  readonly name: string;
  readonly kind: 'before' | 'after';
  readonly metric: Metric;
}

const height = 92;
const top = 8;
const bottom = 78;

/**
 * The value of a metric in every round, from zero up; the rounds of two variants are joined by a line, since they are pairs.
 *
 * Nothing where no round has a value.
 */
export function roundPoints(series: readonly RoundSeries[]): Markup | undefined {
  const values = series.flatMap(({ metric }) => metric.rounds.filter((value) => value !== null));
  const most = Math.max(...values);
  const [first] = series;
  if (!first || values.length === 0 || !(most > 0)) return undefined;
  const rounds = Math.max(...series.map(({ metric }) => metric.rounds.length));
  const x = (round: number) => percent(0.14 + (0.86 * (round + 0.5)) / rounds);
  const y = (value: number) => (bottom - (value / most) * (bottom - top)).toFixed(1);
  const summary = series.map(({ name, metric }) => `${name} ${formatMetric(metric.value, metric.unit)}`).join(', ');
  const pairs = Array.from({ length: rounds }, (_, round) =>
    series.flatMap(({ metric }) => metric.rounds[round] ?? []),
  ).map((pair, round) => ({ pair, round }));
  return html`<svg class="rounds" role="img" width="100%" height="${height}">
<title>${`${first.metric.name} in each of ${rounds} rounds: ${summary}`}</title>
<line class="axis" x1="14%" x2="100%" y1="${bottom + 0.5}" y2="${bottom + 0.5}"/>
<text x="0" y="${top + 4}">${formatMetric(most, first.metric.unit)}</text>
<text x="0" y="${bottom + 4}">0</text>
${pairs.map(({ pair, round }) => {
  const [from, to] = pair;
  if (from === undefined || to === undefined) return undefined;
  return html`<line class="pair" x1="${x(round)}" x2="${x(round)}" y1="${y(from)}" y2="${y(to)}"/>`;
})}
${series.map(({ name, kind, metric }) =>
  metric.rounds.map((value, round) =>
    value === null
      ? undefined
      : html`<circle class="${kind}" cx="${x(round)}" cy="${y(value)}" r="4"><title>${`round ${round + 1}, ${name}: ${formatMetric(value, metric.unit)}`}</title></circle>`,
  ),
)}
</svg>`;
}
