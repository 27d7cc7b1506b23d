import { mergeStored, quantileOfStored } from '../../stats/histogram.ts';
import { formatMs } from '../format.ts';
import type { LoadSeries } from './latency-over-time.ts';
import { type Content, html, percent } from './markup.ts';

const quantiles = [
  ['p50', 0.5],
  ['p75', 0.75],
  ['p90', 0.9],
  ['p95', 0.95],
  ['p99', 0.99],
  ['p99.9', 0.999],
] as const;

/** With fewer answers beyond it a quantile is the time of one or two unlucky requests. */
const fewestBeyond = 5;
const top = 8;
const bottom = 92;
const height = 112;
const left = 0.14;

interface Line {
  readonly name: string;
  readonly kind: LoadSeries['kind'];
  readonly points: readonly { readonly index: number; readonly ms: number }[];
}

/**
 * The quantiles of an endpoint before and after on a logarithmic axis, all rounds pooled: where in the distribution a
 * change lies.
 *
 * Nothing where there are too few answers for three of them.
 */
export function quantileChart(endpoint: string, series: readonly LoadSeries[]): Content {
  const lines = series.map(lineOf(endpoint)).filter(({ points }) => points.length > 0);
  if (!lines.some(({ points }) => points.length > 2)) return undefined;
  const values = lines.flatMap(({ points }) => points.map(({ ms }) => ms));
  const [low, high] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  // An axis of at least a factor of two: less would make a mountain of noise.
  const room = Math.max(high - low, Math.LN2) * 1.08;
  const start = (low + high - room) / 2;
  const shown = Math.max(...lines.flatMap(({ points }) => points.map(({ index }) => index))) + 1;
  const x = (index: number) => left + ((1 - left) * (index + 0.5)) / shown;
  const y = (ms: number) => bottom - ((Math.log(ms) - start) / room) * (bottom - top);
  const described = lines.map(
    ({ name, points }) =>
      `${name}: ${points.map(({ index, ms }) => `${quantiles[index]?.[0] ?? ''} ${formatMs(ms)}`).join(', ')}.`,
  );
  return html`<figure class="quantiles-figure"><figcaption>Quantiles of all rounds together, on a logarithmic axis</figcaption>
<svg class="quantiles" role="img" width="100%" height="${height}"><title>${`Quantiles of ${endpoint}`}</title><desc>${described.join(' ')}</desc>
<line class="axis" x1="${percent(left)}" x2="100%" y1="${bottom + 8.5}" y2="${bottom + 8.5}"/>
${ticks(start, room).map((ms) => html`<line class="axis" x1="${percent(left)}" x2="100%" y1="${y(ms).toFixed(1)}" y2="${y(ms).toFixed(1)}"/><text x="0" y="${(y(ms) + 4).toFixed(1)}">${formatMs(ms)}</text>`)}
${quantiles.slice(0, shown).map(([name], index) => html`<text x="${percent(x(index))}" y="${height}" text-anchor="middle">${name}</text>`)}
${lines.map(({ name, kind, points }) => [
  points.slice(1).map(({ index, ms }, at) => {
    const from = points[at];
    return (
      from &&
      html`<line class="line ${kind}" x1="${percent(x(from.index))}" x2="${percent(x(index))}" y1="${y(from.ms).toFixed(1)}" y2="${y(ms).toFixed(1)}"/>`
    );
  }),
  points.map(
    ({ index, ms }) =>
      html`<circle class="${kind}" cx="${percent(x(index))}" cy="${y(ms).toFixed(1)}" r="4"><title>${`${quantiles[index]?.[0] ?? ''}, ${name}: ${formatMs(ms)}`}</title></circle>`,
  ),
])}
</svg></figure>`;
}

const lineOf =
  (endpoint: string) =>
  ({ name, kind, load }: LoadSeries): Line => {
    const times = mergeStored(load.rounds.flatMap(({ endpoints }) => endpoints[endpoint]?.responseTime ?? []));
    const points = quantiles.flatMap(([, q], index) => {
      const us = quantileOfStored(times, q);
      const isCrowded = times.count * (1 - q) >= fewestBeyond;
      return us !== undefined && us > 0 && isCrowded ? [{ index, ms: us / 1000 }] : [];
    });
    return { name, kind, points };
  };

/** Two or three round values that lie on the axis, 1, 2 or 5 times a power of ten. */
function ticks(start: number, room: number): readonly number[] {
  const round: number[] = [];
  for (let power = -4; power < 8; power++) for (const digit of [1, 2, 5]) round.push(digit * 10 ** power);
  const inside = round.filter((ms) => Math.log(ms) >= start && Math.log(ms) <= start + room);
  const step = Math.ceil(inside.length / 4);
  return inside.filter((_, index) => index % step === 0);
}
