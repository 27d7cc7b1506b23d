import type { LoggedStatementText, QueryLogReport, SizeRange, StatementTotals } from '../../model/query-log.ts';
import { formatCount, formatMs, formatShare, plural } from '../format.ts';
import type { LogLoop } from '../log-loop.ts';
import { oneLine } from '../untrusted-text.ts';
import { type Content, html, type Markup, percent } from './markup.ts';

/** How the sections name statements, and how much of each they show. */
export interface LogSectionOptions {
  readonly top: number;
  readonly text: (statement: LoggedStatementText) => string;
}

/** A plan that is longer than this is folded. */
const shortPlanLines = 12;

/** Loops of one sort, likely ones first. */
export function loopCards(loops: readonly LogLoop[], { top, text }: LogSectionOptions): Content {
  if (loops.length === 0) return undefined;
  return html`${loops.slice(0, top).map((loop) => loopCard(loop, text))}${more(loops.length - top, 'more')}`;
}

function loopCard(loop: LogLoop, text: LogSectionOptions['text']): Markup {
  const predecessor = 'predecessor' in loop ? loop.predecessor : undefined;
  const cycle = 'cycle' in loop ? loop.cycle : [];
  const [cost, unit] = 'repeatedMs' in loop ? [loop.repeatedMs, 'for nothing'] : [loop.totalMs, 'in the database'];
  return html`<article class="card finding"><header><div><h4>${sizes(loop.callsPerBurst)} calls, ${formatCount(loop.bursts)} ${loop.bursts === 1 ? 'time' : 'times'} in ${plural(loop.sessions, 'session')}</h4>
<p class="where"><span class="grade g-${loop.grade}">${loop.grade}</span> <span class="muted">${loop.reason}</span></p></div>
<p class="saving"><strong>${formatMs(cost)}</strong> <span>${unit}</span></p></header>
<dl class="steps">${step('Repeats', [loop.statement], text)}${step('After', predecessor ? [predecessor] : [], text)}${step('With', cycle, text)}</dl></article>`;
}

function step(name: string, statements: readonly LoggedStatementText[], text: LogSectionOptions['text']): Content {
  if (statements.length === 0) return undefined;
  return html`<div class="step"><dt>${name}</dt><dd>${statements.map((statement) => html`<pre><code>${text(statement)}</code></pre>`)}</dd></div>`;
}

const sizes = ({ min, median, max }: SizeRange) =>
  min === max ? formatCount(max) : `${formatCount(min)} to ${formatCount(max)} (median ${formatCount(median)})`;

/** Where the database's time went. */
export function statementTable(report: QueryLogReport, { top, text }: LogSectionOptions): Content {
  const { statements, other } = report;
  if (statements.length === 0) return undefined;
  const row = ({ statement, calls, errors, timedCalls, totalMs, share, meanMs, p95Ms, maxMs }: StatementTotals) => {
    const ms = (value: number | undefined) => (value === undefined ? '' : formatMs(value));
    return html`<tr><th scope="row"><code>${text(statement)}</code></th>
<td data-name="total">${timedCalls === 0 ? 'n/a' : formatMs(totalMs)}</td><td data-name="share" class="bar-column"><span class="bar"><span style="width:${percent(share)}"></span></span>${formatShare(share)}</td>
<td data-name="calls">${formatCount(calls)}</td><td data-name="mean">${ms(meanMs)}</td><td data-name="p95">${ms(p95Ms)}</td><td data-name="max">${ms(maxMs)}</td><td data-name="errors">${errors === 0 ? '' : formatCount(errors)}</td></tr>`;
  };
  const names = ['total', 'share', 'calls', 'mean', 'p95', 'max', 'errors'];
  return html`<div class="card"><div class="scroll" tabindex="0" role="region" aria-label="Statements"><table class="statements logged">
<thead><tr><th scope="col">statement</th>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${statements.slice(0, top).map(row)}</tbody></table></div>
${more(statements.length - top, 'more statements')}${other ? html`<p class="muted">and ${plural(other.calls, 'call')} of others, ${formatMs(other.totalMs)}</p>` : undefined}</div>`;
}

/** Plans that auto_explain wrote into the log, of the statements that took the most time. */
export function loggedPlans({ statements }: QueryLogReport, { top, text }: LogSectionOptions): Content {
  const planned = statements.filter(({ plan }) => plan !== undefined);
  if (planned.length === 0) return undefined;
  return html`${planned.slice(0, top).map(
    ({
      statement,
      plan,
    }) => html`<details class="card"${(plan?.text.split('\n').length ?? 0) <= shortPlanLines ? html` open` : undefined}>
<summary><code class="sql-line">${oneLine(text(statement))}</code> <span class="aside">slowest logged: ${formatMs(plan?.durationMs ?? 0)}</span></summary>
<pre><code>${plan?.text}</code></pre></details>`,
  )}${more(planned.length - top, 'more')}`;
}

/** Failed statements by what they failed with. */
export function errorTable({ errors }: QueryLogReport, { top, text }: LogSectionOptions): Content {
  if (errors.length === 0) return undefined;
  return html`<div class="card"><div class="scroll" tabindex="0" role="region" aria-label="Errors"><table class="left">
<thead><tr><th scope="col">error</th><th scope="col">calls</th><th scope="col">statement</th></tr></thead>
<tbody>${errors.slice(0, top).map(({ error, calls, statement }) => html`<tr><th scope="row">${error}</th><td>${formatCount(calls)}</td><td><code>${text(statement)}</code></td></tr>`)}</tbody></table></div>${more(errors.length - top, 'more')}</div>`;
}

function more(hidden: number, what: string): Content {
  return hidden > 0 ? html`<p class="muted">and ${formatCount(hidden)} ${what}</p>` : undefined;
}
