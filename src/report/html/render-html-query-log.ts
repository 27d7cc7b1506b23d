import type { LoggedStatementText, QueryLogReport } from '../../model/query-log.ts';
import { formatCount, formatMs, plural } from '../format.ts';
import { limitTexts, readText, spanText } from '../log-coverage-text.ts';
import { statementText } from '../statement-text.ts';
import { errorTable, loggedPlans, loopCards, statementTable } from './log-sections.ts';
import { logTimelineChart } from './log-timeline-chart.ts';
import { type Content, html, type Markup } from './markup.ts';
import { page } from './page.ts';

export interface RenderHtmlQueryLogOptions {
  /** Entries of each section. */
  readonly top: number;
  /** Statements as they were sent, where the report holds them. */
  readonly showParameters: boolean;
  readonly toolVersion: string;
}

/** What query logs tell, as one self-contained HTML document in the style of the report of a run. */
export function renderHtmlQueryLog(report: QueryLogReport, options: RenderHtmlQueryLogOptions): string {
  const { top, showParameters, toolVersion } = options;
  const text = ({ normalized, example }: LoggedStatementText) =>
    statementText(showParameters ? (example ?? normalized) : normalized, showParameters);
  const shown = { top, text };
  const sections = [
    section('time', 'Over time', logTimelineChart(report.timeline)),
    section('n-plus-one', 'One query per row (N+1)', loopCards(report.nPlusOne, shown)),
    section('duplicates', 'The same query again', loopCards(report.duplicates, shown)),
    section('write-loops', 'Rows written one by one', loopCards(report.writeLoops, shown)),
    section('statements', 'Where the time went', statementTable(report, shown)),
    section('plans', 'Plans', loggedPlans(report, shown)),
    section('errors', 'Errors', errorTable(report, shown)),
    section('coverage', 'What was read', coverageBlock(report)),
  ].filter((entry) => entry !== undefined);
  return page(
    `${report.source}: queries · chokepoint`,
    html`<a class="skip" href="#main">Skip to the report</a>
${masthead(report)}
<nav aria-label="Sections">${sections.map(({ id, title }) => html`<a href="#${id}">${title}</a>`)}</nav>
<main id="main" tabindex="-1">${sections.map(({ id, title, content }) => html`<section id="${id}"><h2>${title}</h2>${content}</section>`)}</main>
<footer>chokepoint ${toolVersion}${showParameters ? ' · shows parameters: do not pass it on unseen' : ''}</footer>`,
  );
}

function section(id: string, title: string, content: Content) {
  return content === undefined ? undefined : { id, title, content };
}

function masthead({ source, totals, nPlusOne, duplicates, writeLoops }: QueryLogReport): Markup {
  const tile = (name: string, value: string, note = '') =>
    html`<div><dt>${name}</dt><dd>${value}${note === '' ? undefined : html`<small>${note}</small>`}</dd></div>`;
  const likely = (loops: readonly { readonly grade: string }[]) =>
    `${formatCount(loops.filter(({ grade }) => grade === 'likely').length)} likely`;
  return html`<header class="masthead"><p class="brand"><span aria-hidden="true">▸◂</span> chokepoint <span class="muted">${spanText(totals)}</span></p>
<h1>${source}</h1>
<p class="lead">${plural(totals.statements, 'execution')} of ${plural(totals.distinctStatements, 'statement')} in ${plural(totals.sessions, 'session')}, ${formatMs(totals.totalMs)} in the database.</p>
<dl class="tiles">${tile('N+1', formatCount(nPlusOne.length), likely(nPlusOne))}${tile('duplicates', formatCount(duplicates.length), likely(duplicates))}${tile('write loops', formatCount(writeLoops.length), likely(writeLoops))}${tile('errors', formatCount(totals.errors))}</dl></header>`;
}

function coverageBlock(report: QueryLogReport): Markup {
  const { coverage } = report;
  const limits = limitTexts(report);
  return html`<div class="card"><p>${readText(coverage)}</p>
${limits.length === 0 ? html`<p class="muted">Nothing is known to be missing.</p>` : html`<ul>${limits.map((limit) => html`<li>${limit}</li>`)}</ul>`}
${coverage.settings ? html`<dl class="facts">${Object.entries(coverage.settings.values).map(([name, value]) => html`<dt><code>${name}</code></dt><dd><code>${value === '' ? '(empty)' : value}</code></dd>`)}</dl>` : undefined}
${coverage.files ? html`<details><summary>${plural(coverage.files.length, 'file')}, in the order of their times</summary><ul>${coverage.files.map((file) => html`<li><code>${file}</code></li>`)}</ul></details>` : undefined}</div>`;
}
