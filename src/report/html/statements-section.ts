import type { LoadedRun } from '../../model/run.ts';
import { coverageSentences } from '../coverage-text.ts';
import { formatCount, formatMs, formatRate, formatSteps } from '../format.ts';
import { statementText } from '../statement-text.ts';
import { type StatementUsage, statementUsage } from '../statement-usage.ts';
import { type Content, html, type Markup } from './markup.ts';
import { shownPlans } from './plans-section.ts';

const mostStatements = 25;

type Plans = ReturnType<typeof shownPlans>;
type Side = ReadonlyMap<string, StatementUsage>;

/** What the database heard during one request of each endpoint, before and after side by side. */
export function statementsSection(loaded: LoadedRun, showParameters: boolean, idPrefix: string): Content {
  const { run, gathered } = loaded;
  const plans = shownPlans(loaded, idPrefix);
  const names = run.comparison ? [run.comparison.before, run.comparison.after] : Object.keys(run.variants);
  const reasons = new Set<string>();
  const usages = names.flatMap((name) => {
    const queries = gathered[name]?.queries;
    if (queries?.status === 'missing') reasons.add(queries.reason);
    return queries?.status === 'gathered' ? [{ name, usage: statementUsage(queries.value) }] : [];
  });
  if (usages.length === 0)
    return reasons.size === 0 ? undefined : html`<p class="card muted">Not traced: ${[...reasons].join('; ')}</p>`;
  const endpoints = run.scenario.endpoints.filter((endpoint) => usages.some(({ usage }) => usage.has(endpoint)));
  return html`${coverageSentences(run).map((sentence) => html`<p class="muted">${sentence}</p>`)}${endpoints.map(
    (endpoint, index) => {
      const sides = usages.map(({ name, usage }) => ({
        name,
        side: new Map((usage.get(endpoint) ?? []).map((entry) => [entry.statement.fingerprint, entry])),
      }));
      return endpointStatements(endpoint, sides, plans, showParameters, index === 0);
    },
  )}`;
}

const sum = (side: Side, value: (usage: StatementUsage) => number) =>
  [...side.values()].reduce((total, usage) => total + value(usage), 0);

function endpointStatements(
  endpoint: string,
  sides: readonly { readonly name: string; readonly side: Side }[],
  plans: Plans,
  showParameters: boolean,
  open: boolean,
): Markup {
  const calls = formatSteps(sides.map(({ side }) => formatRate(sum(side, ({ callsPerRequest }) => callsPerRequest))));
  const times = formatSteps(sides.map(({ side }) => formatMs(sum(side, ({ msPerRequest }) => msPerRequest))));
  const all = new Map(sides.flatMap(({ side }) => [...side]));
  const cost = (fingerprint: string) => Math.max(...sides.map(({ side }) => side.get(fingerprint)?.msPerRequest ?? 0));
  const rows = [...all].toSorted(([a], [b]) => cost(b) - cost(a));
  if (rows.length === 0) {
    return html`<p class="card flat"><span class="endpoint">${endpoint}</span> <span class="aside">no statement</span></p>`;
  }
  const hidden = rows.length - mostStatements;
  return html`<details class="card"${open ? html` open` : undefined}><summary><span class="endpoint">${endpoint}</span>
<span class="aside">${calls} ${calls === '1' ? 'statement' : 'statements'}, ${times} in each request</span></summary>
<div class="scroll" tabindex="0" role="region" aria-label="Statements"><table class="statements">
<thead><tr><th scope="col">statement</th>${['calls', 'time', 'rows'].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.slice(0, mostStatements).map(([fingerprint, { statement }]) => statementRow(fingerprint, showParameters ? statement.example : statement.normalized, sides, plans.get(fingerprint)?.id, showParameters))}</tbody></table></div>
${hidden > 0 ? html`<p class="muted">and ${formatCount(hidden)} more statements</p>` : undefined}</details>`;
}

function statementRow(
  fingerprint: string,
  sql: string,
  sides: readonly { readonly side: Side }[],
  planId: string | undefined,
  showParameters: boolean,
): Markup {
  const cell = (name: string, value: (usage: StatementUsage) => string) => {
    const values = sides.map(({ side }) => {
      const usage = side.get(fingerprint);
      return usage ? value(usage) : '–';
    });
    const [before, after] = values;
    return values.length < 2 || before === after
      ? html`<td data-name="${name}">${before}</td>`
      : html`<td data-name="${name}"><span class="was">${before}</span> <span class="arrow">→</span> ${after}</td>`;
  };
  return html`<tr><th scope="row"><code>${statementText(sql, showParameters)}</code>${planId === undefined ? undefined : html` <a class="to-plan" href="#${planId}">plan</a>`}</th>
${cell('calls', ({ callsPerRequest }) => formatRate(callsPerRequest))}${cell('time', ({ msPerRequest }) => formatMs(msPerRequest))}${cell('rows', ({ rowsPerRequest }) => formatRate(rowsPerRequest))}</tr>`;
}
