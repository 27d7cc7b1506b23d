import type { Evidence, Finding } from '../../model/finding.ts';
import type { Run } from '../../model/run.ts';
import { type FindingSection, findingSections, findingTitle, savingOf } from '../finding-sections.ts';
import { formatMs, plural } from '../format.ts';
import { nothingFound } from '../verdict-text.ts';
import { evidenceBlock, fixBlock, measurementBlock } from './evidence.ts';
import { type Content, html, type Markup } from './markup.ts';

const signs: Readonly<Record<FindingSection['kind'], string>> = {
  fixed: '✓',
  introduced: '▲',
  remaining: '●',
  found: '●',
};

const explanations: Readonly<Record<FindingSection['kind'], string>> = {
  fixed: 'there before, gone now',
  introduced: 'not there before',
  remaining: 'there before, still there',
  found: 'dearest first',
};

const grades: Readonly<Record<Finding['grade'], string>> = {
  proven: 'tried, or shown in the data itself',
  likely: 'the figures have one explanation',
  possible: 'the figures have several explanations',
};

/** All findings by what became of them, each from evidence over the fix to the gain. */
export function findingCards(run: Run, showParameters: boolean, idPrefix: string): Markup {
  const sections = findingSections(run);
  if (sections.length === 0) return html`<p class="card">${nothingFound(run)}</p>`;
  return html`${findingIndex(run, sections, idPrefix)}${sections.map(
    (section) => html`<section class="finding-section s-${section.kind}">
<h3 class="section-title"><span class="sign" aria-hidden="true">${signs[section.kind]}</span> ${section.title} <span class="muted">${plural(section.findings.length, 'finding')}, ${explanations[section.kind]}</span></h3>
${section.findings.map((finding, index) => findingCard(run, finding, section.kind, `${idPrefix}finding-${section.kind}-${index}`, showParameters))}</section>`,
  )}`;
}

/** What is still to be done, dearest first, on one glance. */
function findingIndex(run: Run, sections: readonly FindingSection[], idPrefix: string): Content {
  const open = sections
    .filter(({ kind }) => kind !== 'fixed')
    .flatMap(({ kind, findings }) =>
      findings.map((finding, index) => ({
        finding,
        id: `${idPrefix}finding-${kind}-${index}`,
        savingMs: savingOf(finding),
      })),
    )
    .toSorted((a, b) => (b.savingMs ?? -1) - (a.savingMs ?? -1));
  if (open.length < 2) return undefined;
  return html`<nav class="card ranking" aria-label="Findings by saving"><h3>To be mended, by what it saves</h3><ol>${open.map(
    ({ finding, id, savingMs }) =>
      html`<li><a href="#${id}">${findingTitle(run, finding)}</a>${finding.endpoint === undefined ? undefined : html` <span class="endpoint">${finding.endpoint}</span>`} <span class="muted">${finding.grade}</span>${savingMs === undefined ? undefined : html` <strong>${formatMs(savingMs)}</strong>`}</li>`,
  )}</ol></nav>`;
}

function findingCard(
  run: Run,
  finding: Finding,
  kind: FindingSection['kind'],
  id: string,
  showParameters: boolean,
): Markup {
  const text = run.audits.find(({ id }) => id === finding.audit);
  const fixes = finding.evidence.filter((entry): entry is Extract<Evidence, { kind: 'fix' }> => entry.kind === 'fix');
  const measurements = finding.evidence.filter(
    (entry): entry is Extract<Evidence, { kind: 'measurement' }> => entry.kind === 'measurement',
  );
  const shown = finding.evidence.map((entry) => evidenceBlock(entry, showParameters)).filter(Boolean);
  return html`<article class="card finding" id="${id}">
<header><div><h4>${findingTitle(run, finding)}</h4>
<p class="where">${finding.endpoint === undefined ? undefined : html`<span class="endpoint">${finding.endpoint}</span>`}
<span class="grade g-${finding.grade}" title="${grades[finding.grade]}">${finding.grade}</span> <code class="audit">${finding.audit}</code></p></div>
${saving(finding, kind)}</header>
<p class="summary">${finding.summary}</p>
${text ? html`<p class="muted">${text.why}</p>` : undefined}
<dl class="steps">
${step('Evidence', shown)}
${step('Fix', fixes.length > 0 ? fixes.map(fixBlock) : text ? [html`<p>${text.fix}</p>`] : [])}
${step('Measured gain', measurements.map(measurementBlock))}
</dl></article>`;
}

function saving(finding: Finding, kind: FindingSection['kind']): Content {
  const savingMs = savingOf(finding);
  if (savingMs === undefined) return undefined;
  return html`<p class="saving"><strong>${formatMs(savingMs)}</strong> <span>${kind === 'fixed' ? 'saved' : 'to be saved'} in each request</span></p>`;
}

function step(name: string, blocks: readonly Content[]): Content {
  return blocks.length === 0 ? undefined : html`<div class="step"><dt>${name}</dt><dd>${blocks}</dd></div>`;
}
