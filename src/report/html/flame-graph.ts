import type { FlowProfile, Frame } from '../../model/profile.ts';
import { type FlameBox, flameLayout } from '../flame-layout.ts';
import { formatShare, formatUs } from '../format.ts';
import { frameName, framePlace } from '../frame-label.ts';
import { html, type Markup, percent } from './markup.ts';

/** Boxes of one flame graph; with the pruning of the layout only a pathological profile has more. */
const mostBoxes = 3000;
const rowHeightPx = 21;

export const frameKinds: Readonly<Record<Frame['kind'], string>> = {
  user: 'the service',
  dependency: 'its packages',
  runtime: 'the runtime',
  gc: 'garbage collection',
};

/** A flame graph, callers above: the width of a box is its CPU time, its tooltip says how much one request pays. */
export function flameGraph({ profile, requests, flow }: FlowProfile): Markup {
  const boxes = flameLayout(profile).slice(0, mostBoxes);
  const rows = Math.max(0, ...boxes.map(({ depth }) => depth + 1));
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${`Flame graph of ${flow}`}"><div class="flame" role="img" aria-label="${`Flame graph of ${flow}; the table has the same figures`}" style="height:${rows * rowHeightPx}px">${boxes.map((box) => flameBox(box, requests))}</div></div>`;
}

function flameBox({ frame, depth, offset, width, totalUs, selfUs }: FlameBox, requests: number): Markup {
  const place = framePlace(frame);
  const perRequest = (us: number) => formatUs(us / Math.max(requests, 1));
  const title = `${frameName(frame)}${place === '' ? '' : `\n${place}`}\n${perRequest(totalUs)} in each request (${formatShare(width)}), ${perRequest(selfUs)} of it its own`;
  return html`<span class="f-${frame.kind}" style="left:${percent(offset)};width:${percent(width)};top:${depth * rowHeightPx}px" title="${title}">${frameName(frame)}</span>`;
}
