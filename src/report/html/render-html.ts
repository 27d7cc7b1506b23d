import type { LoadedRun, Run } from '../../model/run.ts';
import { findingSections, savingOf } from '../finding-sections.ts';
import { formatMs, formatShare, formatTime } from '../format.ts';
import { headingText, type ReportHeading } from '../report-heading.ts';
import { variantsText } from '../variant-label.ts';
import { verdictSentence } from '../verdict-text.ts';
import { cpuSection } from './cpu-section.ts';
import { decisionSection } from './decision-section.ts';
import { endpointCards, verdictChip } from './endpoint-cards.ts';
import { findingCards } from './finding-cards.ts';
import { letterhead } from './letterhead.ts';
import { type Content, html, type Markup } from './markup.ts';
import { auditsBlock, methodSection, validityBlock } from './method-section.ts';
import { page } from './page.ts';
import { plansSection } from './plans-section.ts';
import { statementsSection } from './statements-section.ts';
import { summaryBlock } from './summary-block.ts';

export interface RenderHtmlOptions {
  /** Statements and plan conditions with their literals; without it they are shown normalised. */
  readonly showParameters: boolean;
  readonly heading?: ReportHeading;
}

/** The report of a run as one self-contained HTML document: no network, no script but its own, light and dark, printable. */
export function renderHtml(loaded: LoadedRun, options: RenderHtmlOptions): string {
  const { run } = loaded;
  const { heading = {} } = options;
  const verdict = run.comparison?.verdict ?? 'diagnosis';
  const title = headingText(heading);
  return page(
    `${title === undefined ? '' : `${title}: `}${run.scenario.name}: ${verdict} · chokepoint`,
    html`${letterhead(heading)}${htmlBody(loaded, options)}`,
  );
}

/** The body of the report of one run; `idPrefix` keeps the anchors and the data of several on one page apart. */
export function htmlBody(
  loaded: LoadedRun,
  { showParameters, idPrefix = '' }: RenderHtmlOptions & { readonly idPrefix?: string },
): Markup {
  const { run } = loaded;
  const sections = [
    section('gate', 'Gate', decisionSection(run)),
    section('endpoints', 'Endpoints', endpointCards(loaded)),
    section('findings', 'Findings', findingCards(run, showParameters, idPrefix)),
    section('cpu', 'CPU', cpuSection(loaded, idPrefix)),
    section('statements', 'Statements', statementsSection(loaded, showParameters, idPrefix)),
    section('plans', 'Plans', plansSection(loaded, showParameters, idPrefix)),
    section('audits', 'Audits', auditsBlock(run)),
    section('validity', 'Validity', validityBlock(run)),
    section('method', 'Method', methodSection(loaded)),
  ].filter((entry) => entry !== undefined);
  return html`<a class="skip" href="#${idPrefix}main">Skip to the report</a>
${masthead(loaded, idPrefix)}
<nav aria-label="Sections">${sections.map(({ id, title }) => html`<a href="#${idPrefix}${id}">${title}</a>`)}</nav>
<main id="${idPrefix}main" tabindex="-1">${sections.map(({ id, title, content }) => html`<section id="${idPrefix}${id}"><h2>${title}</h2>${content}</section>`)}</main>
<footer>${run.tool.name} ${run.tool.version} · ${formatTime(run.startedAt)}${showParameters ? ' · shows parameters: do not pass it on unseen' : ''}</footer>`;
}

function section(id: string, title: string, content: Content) {
  return content === undefined ? undefined : { id, title, content };
}

function masthead(loaded: LoadedRun, idPrefix: string): Markup {
  const { run } = loaded;
  const { comparison, scenario, validity } = run;
  return html`<header class="masthead"><p class="brand"><span aria-hidden="true">▸◂</span> chokepoint <span class="muted">${formatTime(run.startedAt)}</span></p>
<h1>${scenario.name}${variantsText(run) === '' ? undefined : html` <span class="variants">${variantsText(run)}</span>`}</h1>
<div class="hero">${comparison ? verdictChip(comparison.verdict) : html`<span class="chip">diagnosis</span>`}
${validity.trusted ? undefined : html`<a class="chip v-regressed" href="#${idPrefix}validity">▲ not trusted${validity.overridden ? ', overridden' : ''}</a>`}
<p class="lead">${verdictSentence(run)}</p></div>
${summaryBlock(loaded)}
<dl class="tiles">${tiles(run)}</dl></header>`;
}

function tiles(run: Run): readonly Markup[] {
  const sections = findingSections(run);
  const { comparison } = run;
  const count = (kind: string) => sections.find((entry) => entry.kind === kind)?.findings.length ?? 0;
  const open = sections.filter(({ kind }) => kind !== 'fixed').flatMap(({ findings }) => findings);
  const dearest = open.toSorted((a, b) => (b.savingMs ?? 0) - (a.savingMs ?? 0))[0];
  const largestMs = dearest && savingOf(dearest);
  const tile = (name: string, value: string, note = '') =>
    html`<div><dt>${name}</dt><dd>${value}${note === '' ? undefined : html`<small>${note}</small>`}</dd></div>`;
  return [
    ...(comparison
      ? [
          tile('findings fixed', String(count('fixed'))),
          tile('introduced', String(count('introduced'))),
          tile('remaining', String(count('remaining'))),
        ]
      : [tile('findings', String(open.length))]),
    ...(largestMs === undefined
      ? []
      : [tile(comparison ? 'largest saving left' : 'largest saving', formatMs(largestMs), dearest?.endpoint)]),
    ...(comparison && comparison.resolution !== null
      ? [tile('resolves changes from', `±${formatShare(comparison.resolution)}`)]
      : []),
  ];
}
