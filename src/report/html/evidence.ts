import type { Evidence } from '../../model/finding.ts';
import { formatCount, formatMs, formatRate, formatShare, formatSpeedup, formatUs, plural } from '../format.ts';
import { codePlaceText, frameName, framePlace } from '../frame-label.ts';
import { statementText } from '../statement-text.ts';
import { clipText } from '../untrusted-text.ts';
import { type Content, html, type Markup, percent } from './markup.ts';
import { planTree } from './plan-tree.ts';

const mostTableRows = 50;

/** Everything but fixes and measurements: what shows that the finding is so. */
export function evidenceBlock(entry: Evidence, showParameters: boolean): Content {
  switch (entry.kind) {
    case 'statement':
      return html`<figure><figcaption>${entry.label}${statementCost(entry.calls, entry.totalMs)}${entry.place ? html` at <code>${codePlaceText(entry.place)}</code>` : undefined}</figcaption>
<pre><code>${statementText(entry.sql, showParameters)}</code></pre></figure>`;
    case 'plan':
      return html`<details><summary>${entry.label}</summary>${planTree(entry.plan, showParameters)}</details>`;
    case 'frames':
      return html`<figure><figcaption>${entry.label}</figcaption><div class="scroll" tabindex="0" role="region" aria-label="Functions"><table class="functions">
<thead><tr><th scope="col">function</th><th scope="col" class="bar-column">own time in each request</th><th scope="col">with callees</th></tr></thead>
<tbody>${entry.rows.map(
        ({
          frame,
          selfUsPerRequest,
          totalUsPerRequest,
          share,
        }) => html`<tr><th scope="row"><code>${frameName(frame)}</code><div class="condition">${framePlace(frame)}</div></th>
<td class="bar-column"><span class="bar"><span style="width:${percent(Math.min(share, 1))}"></span></span> <span class="value">${formatUs(selfUsPerRequest)} <span class="muted">${formatShare(share)}</span></span></td>
<td>${formatUs(totalUsPerRequest)}</td></tr>`,
      )}</tbody></table></div></figure>`;
    case 'table':
      return html`<figure><figcaption>${entry.label}</figcaption><div class="scroll" tabindex="0" role="region" aria-label="${entry.label}"><table class="figures left">
<thead><tr>${entry.columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${entry.rows.slice(0, mostTableRows).map((row) => html`<tr>${row.map((cell) => html`<td>${clipText(String(cell), 500)}</td>`)}</tr>`)}</tbody></table></div>
${entry.rows.length > mostTableRows ? html`<p class="muted">and ${formatCount(entry.rows.length - mostTableRows)} more rows</p>` : undefined}</figure>`;
    case 'text':
      return html`<p>${clipText(entry.text, 4000)}</p>`;
    case 'fix':
    case 'measurement':
      return undefined;
  }
}

function statementCost(calls: number | undefined, totalMs: number | undefined): string {
  return [
    calls === undefined ? '' : `, ${formatRate(calls)} × in one request`,
    totalMs === undefined ? '' : `, ${formatMs(totalMs)} in all`,
  ].join('');
}

/** Text to copy. */
export function fixBlock({ label, text }: Extract<Evidence, { kind: 'fix' }>): Markup {
  return html`<figure><figcaption>${label}</figcaption><pre class="fix"><code>${clipText(text, 8000)}</code></pre></figure>`;
}

/** The same thing with and without the fix: two bars on one scale. */
export function measurementBlock(entry: Extract<Evidence, { kind: 'measurement' }>): Markup {
  const { beforeMs, afterMs, label, method, runs, average = 'median' } = entry;
  const most = Math.max(beforeMs, afterMs);
  const bar = (
    name: string,
    kind: string,
    ms: number,
  ) => html`<div class="gain-row"><span class="gain-name">${name}</span>
<span class="track"><span class="${kind}" style="width:${percent(ms / most)}"></span></span><span class="value">${formatMs(ms)}</span></div>`;
  const slower = afterMs > beforeMs;
  return html`<figure class="gain"><figcaption>${label}: <strong>${slower ? `${formatSpeedup(afterMs, beforeMs)} slower` : `${formatSpeedup(beforeMs, afterMs)} faster`}</strong></figcaption>
${bar('without', 'before', beforeMs)}${bar('with', 'after', afterMs)}
<p class="muted">${method}; ${average} of ${plural(runs, 'run')}</p></figure>`;
}
