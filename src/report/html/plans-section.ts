import { executedWriteOf } from '../../model/executed-write.ts';
import { planChange } from '../../model/plan-change.ts';
import type { IndexTrial } from '../../model/plan-trials.ts';
import type { PlansArtifact, StatementPlan } from '../../model/plans.ts';
import type { LoadedRun } from '../../model/run.ts';
import type { WriteChange } from '../../model/table-state.ts';
import { executedWriteText, triggerTexts } from '../executed-write-text.ts';
import { formatBytes, formatCount, formatMs } from '../format.ts';
import { planTimesText } from '../plan-times-text.ts';
import { statementText } from '../statement-text.ts';
import { oneLine } from '../untrusted-text.ts';
import { measurementBlock } from './evidence.ts';
import { type Content, html, type Markup } from './markup.ts';
import { planTree } from './plan-tree.ts';

const mostPlans = 12;
/** What the summary shows whole on a wide screen need not be said twice. */
const oneLineOfSql = 90;

type ShownStatement = Exclude<StatementPlan, { status: 'refused' }>;

/** One statement's plan in the variant that is to stay, and in the other one where it is another plan. */
interface ShownPlan {
  readonly statement: ShownStatement;
  readonly plans: PlansArtifact;
  readonly earlier?: { readonly variant: string; readonly statement: ShownStatement };
}

/** The plans that a report shows, by the fingerprint of their statement, each with the id of its element. */
export function shownPlans(
  { run, gathered }: LoadedRun,
  idPrefix: string,
): ReadonlyMap<string, ShownPlan & { readonly id: string }> {
  const names = run.comparison ? [run.comparison.after, run.comparison.before] : Object.keys(run.variants);
  const shown = new Map<string, ShownPlan & { readonly id: string }>();
  for (const variant of names) {
    const plans = gathered[variant]?.plans;
    if (plans?.status !== 'gathered') continue;
    for (const statement of plans.value.statements) {
      if (statement.status === 'refused') continue;
      const known = shown.get(statement.fingerprint);
      if (known && run.comparison && planChange(statement.plan, known.statement.plan) !== undefined) {
        shown.set(statement.fingerprint, { ...known, earlier: { variant, statement } });
      }
      if (known || shown.size >= mostPlans) continue;
      shown.set(statement.fingerprint, { statement, plans: plans.value, id: `${idPrefix}plan-${shown.size}` });
    }
  }
  return shown;
}

/** The plans of the slow statements as trees and the indexes that were tried, of the variant that is to stay. */
export function plansSection(loaded: LoadedRun, showParameters: boolean, idPrefix: string): Content {
  const shown = shownPlans(loaded, idPrefix);
  if (shown.size > 0) return html`${[...shown.values()].map((plan) => statementPlan(plan, plan.id, showParameters))}`;
  const reason = Object.values(loaded.gathered).flatMap(({ plans }) =>
    plans.status === 'missing' ? [plans.reason] : [],
  )[0];
  return reason === undefined ? undefined : html`<p class="card muted">No plans: ${reason}</p>`;
}

function statementPlan({ statement, plans, earlier }: ShownPlan, id: string, showParameters: boolean): Markup {
  const trials = plans.trials.filter(({ fingerprint }) => fingerprint === statement.fingerprint);
  const sql = statementText(statement.sql, showParameters);
  const write = statement.status === 'planned' ? executedWriteOf(plans, statement.fingerprint) : undefined;
  const triggers = write ? triggerTexts(write) : [];
  const { plan } = write?.status === 'executed' ? write : statement;
  const aside = write
    ? executedWriteText(write)
    : statement.status === 'analyzed'
      ? `${formatMs(statement.executionMs)}, ${planTimesText(statement)}`
      : `planned, not executed: ${statement.reason}`;
  return html`<details class="card" id="${id}"><summary><code class="sql-line">${oneLine(sql)}</code> <span class="aside">${aside}</span></summary>
${sql.length > oneLineOfSql || sql.includes('\n') ? html`<pre><code>${sql}</code></pre>` : undefined}${planTree(plan, showParameters)}
${triggers.length > 0 ? html`<p>Triggers</p><ul>${triggers.map((line) => html`<li>${line}</li>`)}</ul>` : undefined}
${earlier ? html`<details><summary>Another plan in ${earlier.variant}${earlier.statement.status === 'analyzed' ? `, ${formatMs(earlier.statement.executionMs)}` : ''}: ${planChange(earlier.statement.plan, statement.plan)}</summary>${planTree(earlier.statement.plan, showParameters)}</details>` : undefined}
${trials.map((trial) => indexTrial(trial, showParameters))}</details>`;
}

function indexTrial(trial: IndexTrial, showParameters: boolean): Markup {
  switch (trial.status) {
    case 'tried':
      return html`<figure><figcaption>Index tried ${trialPlaces[trial.where]}${trial.used ? '' : ', which the planner did not use'}</figcaption><pre class="fix"><code>${trial.ddl}</code></pre>
<p class="muted">${formatBytes(trial.sizeBytes)}, built in ${formatMs(trial.buildMs)}</p></figure>
${measurementBlock({ kind: 'measurement', label: 'The statement with it', beforeMs: trial.beforeMs, afterMs: trial.afterMs, runs: trial.runs, method: `${trialPlaces[trial.where]}, round trip included` })}
${writesTable(trial)}${othersTable(trial, showParameters)}
<details><summary>Plan with the index</summary>${planTree(trial.planAfter, showParameters)}</details>`;
    case 'estimated':
      return html`<figure><figcaption>Index that only the planner was told of (HypoPG): cost ${formatCount(trial.costBefore)} → ${formatCount(trial.costAfter)}${trial.used ? '' : ', which it would not use'}</figcaption><pre class="fix"><code>${trial.ddl}</code></pre></figure>`;
    case 'untried':
      return html`<figure><figcaption>Index that was not tried: ${trial.reason}</figcaption><pre class="fix"><code>${trial.ddl}</code></pre></figure>`;
    case 'none':
      return html`<p class="muted">No index to try: ${trial.reason}</p>`;
  }
}

const trialPlaces = {
  'scratch-copy': 'on a scratch copy',
  transaction: 'in a transaction that was rolled back',
} as const;

type TriedIndex = Extract<IndexTrial, { status: 'tried' }>;

function writesTable({ writes, writesUnknown }: TriedIndex): Content {
  if (!writes)
    return writesUnknown === undefined
      ? undefined
      : html`<p class="muted">Cost of writes not known: ${writesUnknown}</p>`;
  const row = (what: string, change: WriteChange) =>
    html`<tr><th scope="row">${what}</th><td>${formatMs(change.withoutMs)} → ${formatMs(change.withMs)}</td><td>${formatBytes(change.withoutWalBytes)} → ${formatBytes(change.withWalBytes)}</td></tr>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Writes"><table>
<thead><tr><th scope="col">without → with it</th><th scope="col">time</th><th scope="col">write-ahead log</th></tr></thead>
<tbody>${row('1,000 inserts', writes.insert)}${writes.update ? row('1,000 updates of its columns', writes.update) : undefined}</tbody></table></div>`;
}

function othersTable({ others = [] }: TriedIndex, showParameters: boolean): Content {
  if (others.length === 0) return undefined;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Other statements"><table>
<thead><tr><th scope="col">other statements that take it</th><th scope="col">without → with it</th></tr></thead>
<tbody>${others.map((other) => html`<tr><th scope="row"><code>${oneLine(statementText(other.sql, showParameters))}</code></th><td>${formatMs(other.beforeMs)} → ${formatMs(other.afterMs)}</td></tr>`)}</tbody></table></div>`;
}
