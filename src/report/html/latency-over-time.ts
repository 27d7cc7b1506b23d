import type { LoadArtifact, LoadRound } from '../../model/load.ts';
import { wholeSeconds } from '../../model/load-seconds.ts';
import { quantileOfStored } from '../../stats/histogram.ts';
import { median } from '../../stats/summary.ts';
import { formatMs, plural } from '../format.ts';
import { type Content, html, type Markup } from './markup.ts';

/** The load on one variant, drawn as lines of a class. */
export interface LoadSeries {
  readonly name: string;
  readonly kind: 'before' | 'after';
  readonly load: LoadArtifact;
}

/** Fewer seconds are a dot or two, and show nothing over time. */
const fewestSeconds = 4;
/** More points than this lie closer than a line is wide. */
const mostPoints = 120;
/** With fewer answers in a second its p95 is its slowest one. */
const quantiles = [
  { name: 'p95', q: 0.95, answers: 20 },
  { name: 'p50', q: 0.5, answers: 2 },
] as const;

/** What the rounds had in one second, or in a few where there are many: their median, and the range from lowest to highest. */
interface Moment {
  readonly second: number;
  readonly ms: number;
  readonly lowMs: number;
  readonly highMs: number;
}

interface Line {
  readonly name: string;
  readonly kind: LoadSeries['kind'];
  readonly moments: readonly Moment[];
}

interface Panel {
  readonly quantile: string;
  readonly lines: readonly Line[];
}

const panelHeight = 62;
const panelStep = 84;
const firstTop = 10;
/** A range that goes further above every median is cut off, so that one wild second does not flatten the rest. */
const tallestRange = 3;

/**
 * p95 and p50 of an endpoint by the second of a round, in one drawing for all variants.
 *
 * Nothing where rounds are too short to show anything over time.
 */
export function latencyOverTime(endpoint: string, series: readonly LoadSeries[]): Content {
  const seconds = Math.max(0, ...series.flatMap(({ load }) => load.rounds.map((round) => secondsOf(endpoint, round))));
  if (seconds < fewestSeconds) return undefined;
  const panels = quantiles
    .map(({ name, q, answers }): Panel => {
      const lines = series.map(({ name: variant, kind, load }) => ({
        name: variant,
        kind,
        moments: momentsOf(endpoint, load, q, answers, Math.ceil(seconds / mostPoints)),
      }));
      return { quantile: name, lines: lines.filter(({ moments }) => moments.length > 0) };
    })
    .filter(({ lines }) => lines.length > 0);
  if (panels.length === 0) return undefined;
  const rounds = Math.max(...series.map(({ load }) => load.rounds.length));
  const dashed = series.length > 1 ? series.filter(({ kind }) => kind === 'before').map(({ name }) => name) : [];
  const names = panels.map(({ quantile }) => quantile).join(' and ');
  const height = firstTop + panels.length * panelStep + 6;
  return html`<figure class="over-time-figure"><figcaption>${names} in each second of a round: ${rounds > 1 ? `median of ${plural(rounds, 'round')}, and their range` : 'the only round'}${dashed.map((name) => html`; ${name} is dashed`)}</figcaption>
<svg class="over-time" role="img" width="100%" height="${height}"><title>${`${names} of ${endpoint} over ${seconds} s`}</title><desc>${panels.map(describePanel).join(' ')}</desc>
${panels.map((panel, index) => drawPanel(panel, firstTop + index * panelStep, seconds))}
<text x="14%" y="${height - 4}">0 s</text><text x="100%" y="${height - 4}" text-anchor="end">${`${seconds} s`}</text></svg></figure>`;
}

function secondsOf(endpoint: string, round: LoadRound): number {
  const own = wholeSeconds(round).filter(({ endpoints }) => endpoints[endpoint] !== undefined);
  const last = own.at(-1);
  return own.length < fewestSeconds || !last ? 0 : last.second + 1;
}

function momentsOf(
  endpoint: string,
  { rounds }: LoadArtifact,
  q: number,
  answers: number,
  secondsPerMoment: number,
): readonly Moment[] {
  const values = new Map<number, number[]>();
  for (const { second, endpoints } of rounds.flatMap(wholeSeconds)) {
    const times = endpoints[endpoint]?.responseTime;
    const us = times && times.count >= answers ? quantileOfStored(times, q) : undefined;
    if (us === undefined) continue;
    const at = Math.floor(second / secondsPerMoment) * secondsPerMoment;
    values.set(at, [...(values.get(at) ?? []), us / 1000]);
  }
  return [...values]
    .sort(([a], [b]) => a - b)
    .map(([second, all]) => ({
      second: second + secondsPerMoment / 2,
      ms: median(all) ?? 0,
      lowMs: Math.min(...all),
      highMs: Math.max(...all),
    }));
}

/** One quantile of all variants from zero up; its lines stretch with the page, their strokes do not. */
function drawPanel({ quantile, lines }: Panel, top: number, seconds: number): Markup {
  const moments = lines.flatMap((line) => line.moments);
  const highest = Math.max(...moments.map(({ ms }) => ms));
  const most = Math.min(Math.max(...moments.map(({ highMs }) => highMs)), tallestRange * highest) || 1;
  const bottom = top + panelHeight;
  const x = (second: number) => ((100 * second) / seconds).toFixed(2);
  const y = (ms: number) => (100 - (100 * Math.min(ms, most)) / most).toFixed(2);
  const runs = lines.map((line) => ({ kind: line.kind, stretches: unbroken(line.moments) }));
  return html`<text x="0" y="${top + 4}">${formatMs(most)}</text><text class="panel-name" x="0" y="${top + panelHeight / 2 + 4}">${quantile}</text><text x="0" y="${bottom + 4}">0</text>
<line class="axis" x1="14%" x2="100%" y1="${bottom + 0.5}" y2="${bottom + 0.5}"/>
<svg x="14%" y="${top}" width="86%" height="${panelHeight}" viewBox="0 0 100 100" preserveAspectRatio="none">
${runs.map(({ kind, stretches }) =>
  stretches.map(
    (stretch) =>
      html`<path class="band ${kind}" d="${`M${[...stretch.map(({ second, highMs }) => `${x(second)} ${y(highMs)}`), ...stretch.toReversed().map(({ second, lowMs }) => `${x(second)} ${y(lowMs)}`)].join('L')}Z`}"/>`,
  ),
)}
${runs.map(({ kind, stretches }) =>
  stretches.map(
    (stretch) =>
      html`<path class="line ${kind}" d="${`M${stretch.map(({ second, ms }) => `${x(second)} ${y(ms)}`).join('L')}${stretch.length === 1 ? 'h0' : ''}`}"/>`,
  ),
)}
</svg>`;
}

/** Seconds without a value interrupt the line. */
function unbroken(moments: readonly Moment[]): readonly (readonly Moment[])[] {
  const step = Math.min(...moments.slice(1).map(({ second }, index) => second - (moments[index]?.second ?? 0)));
  const stretches: Moment[][] = [];
  for (const [index, moment] of moments.entries()) {
    const before = moments[index - 1];
    if (before && moment.second - before.second <= step) stretches.at(-1)?.push(moment);
    else stretches.push([moment]);
  }
  return stretches;
}

function describePanel({ quantile, lines }: Panel): string {
  return lines
    .map(({ name, moments }) => {
      const [first, last] = [moments[0], moments.at(-1)];
      if (!first || !last) return '';
      const [low, high] = [Math.min(...moments.map(({ ms }) => ms)), Math.max(...moments.map(({ ms }) => ms))];
      return `${quantile} of ${name}: ${formatMs(first.ms)} at first, ${formatMs(last.ms)} at last, between ${formatMs(low)} and ${formatMs(high)}.`;
    })
    .join(' ');
}
