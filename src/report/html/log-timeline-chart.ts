import type { LogTimeline } from '../../model/query-log.ts';
import { bucketTime, busiest, timelineFigures, widthText } from '../log-coverage-text.ts';
import { type Content, html, type Markup } from './markup.ts';

/** One bucket alone is a column as wide as the page, and shows nothing over time. */
const fewestBuckets = 2;
const panelHeight = 62;
const panelStep = 84;
const firstTop = 10;

/** Statements, their time and errors over time, a column for each bucket; nothing where the log is shorter than two. */
export function logTimelineChart(timeline: LogTimeline | undefined): Content {
  const [first, last] = [timeline?.buckets[0], timeline?.buckets.at(-1)];
  if (!timeline || !first || !last || timeline.buckets.length < fewestBuckets) return undefined;
  const count = (last.startAt - first.startAt) / timeline.widthMs + 1;
  const figures = timelineFigures.filter(({ key }) => timeline.buckets.some((bucket) => bucket[key] > 0));
  const height = firstTop + figures.length * panelStep + 6;
  const from = bucketTime(first.startAt, timeline);
  const to = bucketTime(last.startAt, timeline);
  return html`<figure class="card columns-figure"><figcaption>In each ${widthText(timeline)}, from ${from} to ${to}</figcaption>
<svg class="over-time" role="img" width="100%" height="${height}"><title>The log over time</title><desc>${figures.map((figure) => describe(timeline, figure))}</desc>
${figures.map((figure, index) => panel(timeline, figure, { top: firstTop + index * panelStep, firstAt: first.startAt, count }))}
<text x="14%" y="${height - 4}">${from}</text><text x="100%" y="${height - 4}" text-anchor="end">${to}</text></svg></figure>`;
}

type Figure = (typeof timelineFigures)[number];

function panel(
  timeline: LogTimeline,
  { key, title, format }: Figure,
  { top, firstAt, count }: { readonly top: number; readonly firstAt: number; readonly count: number },
): Markup {
  const most = busiest(timeline, key)[key] || 1;
  const bottom = top + panelHeight;
  const width = Math.max(100 / count - 0.1, 0.1).toFixed(3);
  return html`<text x="0" y="${top + 4}">${format(most)}</text><text class="panel-name" x="0" y="${top + panelHeight / 2 + 4}">${title}</text><text x="0" y="${bottom + 4}">0</text>
<line class="axis" x1="14%" x2="100%" y1="${bottom + 0.5}" y2="${bottom + 0.5}"/>
<svg x="14%" y="${top}" width="86%" height="${panelHeight}" viewBox="0 0 100 100" preserveAspectRatio="none">${timeline.buckets.map(
    (bucket) => {
      const share = (100 * bucket[key]) / most;
      const x = ((100 * (bucket.startAt - firstAt)) / timeline.widthMs / count).toFixed(3);
      return share === 0
        ? undefined
        : html`<rect class="column ${key === 'errors' ? 'bad' : 'good'}" x="${x}" y="${(100 - share).toFixed(2)}" width="${width}" height="${share.toFixed(2)}"><title>${bucketTime(bucket.startAt, timeline)}: ${format(bucket[key])}</title></rect>`;
    },
  )}</svg>`;
}

function describe(timeline: LogTimeline, { key, title, format }: Figure): string {
  const best = busiest(timeline, key);
  return `${title}: at most ${format(best[key])}, at ${bucketTime(best.startAt, timeline)}. `;
}
