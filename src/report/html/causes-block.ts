import type { Cause, Comparison } from '../../model/comparison.ts';
import { formatMs } from '../format.ts';
import { type Content, html, type Markup } from './markup.ts';

const places: Readonly<Record<Cause['kind'], string>> = {
  statements: 'statements',
  plan: 'plan',
  cpu: 'CPU',
  payload: 'payload',
  connections: 'connections',
};

/** Why an endpoint changed, by what the other passes saw: the most likely reason first. */
export function causesBlock({ causes }: Comparison, endpoint: string): Content {
  const own = causes.filter((cause) => cause.endpoint === endpoint);
  if (own.length === 0) return undefined;
  return html`<div class="why"><h4>Why</h4><ul>${own.map(cause)}</ul></div>`;
}

function cause({ kind, summary, explainsMs }: Cause): Markup {
  const share =
    explainsMs === undefined
      ? undefined
      : html` <span class="muted">(explains ${explainsMs > 0 ? '+' : ''}${formatMs(explainsMs)})</span>`;
  return html`<li><strong>${places[kind]}:</strong> ${summary}${share}</li>`;
}
