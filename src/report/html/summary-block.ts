import type { LoadedRun } from '../../model/run.ts';
import { plainSummary } from '../plain-summary.ts';
import { html, type Markup } from './markup.ts';

/** The run in four sentences for those who asked for it and do not know the terms. */
export function summaryBlock(loaded: LoadedRun): Markup {
  const { compared, outcome, found, next } = plainSummary(loaded);
  return html`<div class="plain"><h2>In plain words</h2><p>${compared} ${outcome} ${found} <strong>${next}</strong></p></div>`;
}
