import type { LoadedRun } from '../../model/run.ts';
import { plural } from '../format.ts';
import { headingText } from '../report-heading.ts';
import { runOverview } from '../run-overview.ts';
import { verdictChip } from './endpoint-cards.ts';
import { letterhead } from './letterhead.ts';
import { html, type Markup } from './markup.ts';
import { page } from './page.ts';
import { htmlBody, type RenderHtmlOptions } from './render-html.ts';

/** Several runs as one page: a table of them first, then each as it would be by itself. */
export function renderHtmlRuns(runs: readonly LoadedRun[], options: RenderHtmlOptions): string {
  const { heading = {} } = options;
  const bodies = runs.map((loaded, index) => {
    const id = `run-${index + 1}`;
    return html`<article id="${id}">${htmlBody(loaded, { ...options, idPrefix: `${id}-` })}</article>`;
  });
  const title = headingText(heading) ?? plural(runs.length, 'run');
  return page(`${title} · chokepoint`, html`${letterhead(heading)}${overview(runs)}${bodies}`);
}

function overview(runs: readonly LoadedRun[]): Markup {
  const rows = runs.map(({ run }, index) => {
    const { scenario, verdict, decision, findings } = runOverview(run);
    const chip = verdict === 'diagnosis' ? html`<span class="chip">diagnosis</span>` : verdictChip(verdict);
    return html`<tr><th scope="row"><a href="#run-${String(index + 1)}">${scenario}</a></th><td>${chip}</td><td>${decision}</td><td>${findings}</td></tr>`;
  });
  return html`<header class="masthead"><h1>${plural(runs.length, 'run')}</h1>
<div class="scroll" tabindex="0" role="region" aria-label="Runs"><table class="figures left">
<thead><tr><th scope="col">scenario</th><th scope="col">verdict</th><th scope="col">decision</th><th scope="col">findings</th></tr></thead>
<tbody>${rows}</tbody></table></div></header>`;
}
