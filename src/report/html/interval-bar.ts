import type { ComparedMetric, Comparison } from '../../model/comparison.ts';
import { formatChange, formatComparedInterval } from '../format.ts';
import { marginText } from '../verdict-text.ts';
import { html, type Markup, percent } from './markup.ts';

/** The axis on which all endpoints of a report are drawn, so that they can be compared by eye; bounds are log ratios. */
export interface ChangeAxis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

const tickChanges = [-0.99, -0.95, -0.9, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 1, 2, 4, 9] as const;
/** Share of the axis that a label needs for itself. */
const labelRoom = 0.13;

/** An axis that holds every interval and the margin (a floor may reach beyond it), with the ticks that have room on it; zero is always one. */
export function changeAxis(metrics: readonly ComparedMetric[], { margin }: Pick<Comparison, 'margin'>): ChangeAxis {
  const ends = metrics
    .filter(({ name }) => name !== 'errors')
    .flatMap(({ interval }) => interval)
    .map((change) => logRatio(change));
  const edge = Math.log1p(margin) * 2.5;
  const padding = 0.06 * (Math.max(edge, ...ends) - Math.min(-edge, ...ends));
  const low = Math.min(-edge, ...ends) - padding;
  const high = Math.max(edge, ...ends) + padding;
  const at = (change: number) => (Math.log1p(change) - low) / (high - low);
  const ticks: number[] = [0];
  for (const change of tickChanges) {
    const inside = at(change) > 0.04 && at(change) < 0.96;
    if (inside && ticks.every((tick) => Math.abs(at(tick) - at(change)) >= labelRoom)) ticks.push(change);
  }
  return { low, high, ticks };
}

type Limits = Pick<Comparison, 'margin' | 'floorMs'>;

/** The changes of this metric that do not matter: below the margin, or below the floor in ms, whichever is more. */
function marginOf({ unit, before }: ComparedMetric, { margin, floorMs }: Limits): readonly [low: number, high: number] {
  const floor = unit === 'ms' && before > 0 ? floorMs / before : 0;
  return [-Math.max(margin / (1 + margin), floor), Math.max(margin, floor)];
}

/** Changes beyond a hundredfold would leave no room for the others. */
function logRatio(change: number): number {
  const ratio = Number.isFinite(change) ? Math.log1p(Math.max(change, -0.99)) : 0;
  return Math.min(Math.max(ratio, Math.log(0.01)), Math.log(100));
}

/** The change of one metric with its interval, drawn against the margin. */
export function intervalBar(metric: ComparedMetric, limits: Limits, axis: ChangeAxis): Markup {
  const place = (change: number) => Math.min(Math.max((logRatio(change) - axis.low) / (axis.high - axis.low), 0), 1);
  const at = (change: number) => percent(place(change));
  const width = (low: number, high: number) => percent(place(high) - place(low));
  const [low, high] = metric.interval;
  const [marginLow, marginHigh] = marginOf(metric, limits);
  const label = `Change of ${metric.name}: ${formatComparedInterval(metric)}; the margin is ${marginText(limits)}`;
  return html`<svg class="interval v-${metric.verdict.toLowerCase()}" role="img" width="100%" height="58">
<title>${label}</title>
<rect class="margin" x="${at(marginLow)}" y="0" width="${width(marginLow, marginHigh)}" height="36"/>
<line class="axis" x1="0" x2="100%" y1="36.5" y2="36.5"/>
${axis.ticks.map(
  (
    tick,
  ) => html`<line class="${tick === 0 ? 'zero' : 'tick'}" x1="${at(tick)}" x2="${at(tick)}" y1="${tick === 0 ? 0 : 32}" y2="37"/>
<text x="${at(tick)}" y="52" text-anchor="middle">${formatChange(tick)}</text>`,
)}
<line class="shift" x1="${at(0)}" x2="${at(metric.change)}" y1="18" y2="18"/>
<rect class="span" x="${at(low)}" y="12" width="${width(low, high)}" height="12" rx="6"/>
<circle class="point" cx="${at(metric.change)}" cy="18" r="5.5"/>
</svg>`;
}
