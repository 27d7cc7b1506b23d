import {
  type IndexTrial,
  type PlanNode,
  type PlansArtifact,
  planNodes,
  type StatementPlan,
} from '../../model/plans.ts';
import type { LoadedRun } from '../../model/run.ts';
import { formatBytes, formatMs, plural } from '../format.ts';
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
      if (known && run.comparison && planShape(known.statement.plan) !== planShape(statement.plan)) {
        shown.set(statement.fingerprint, { ...known, earlier: { variant, statement } });
      }
      if (known || shown.size >= mostPlans) continue;
      shown.set(statement.fingerprint, { statement, plans: plans.value, id: `${idPrefix}plan-${shown.size}` });
    }
  }
  return shown;
}

/** Equal for plans that do the same work in the same order. */
const planShape = (plan: PlanNode): string =>
  [...planNodes(plan)].map(({ type, relation, index }) => `${type} ${relation ?? ''} ${index ?? ''}`).join('\n');

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
  const aside =
    statement.status === 'analyzed'
      ? `${formatMs(statement.executionMs)}, median of ${plural(statement.runsMs.length, 'run')}; planning ${formatMs(statement.planningMs)}`
      : `planned, not executed: ${statement.reason}`;
  return html`<details class="card" id="${id}"><summary><code class="sql-line">${oneLine(sql)}</code> <span class="aside">${aside}</span></summary>
${sql.length > oneLineOfSql || sql.includes('\n') ? html`<pre><code>${sql}</code></pre>` : undefined}${planTree(statement.plan, showParameters)}
${earlier ? html`<details><summary>Another plan in ${earlier.variant}${earlier.statement.status === 'analyzed' ? `, ${formatMs(earlier.statement.executionMs)}` : ''}</summary>${planTree(earlier.statement.plan, showParameters)}</details>` : undefined}
${trials.map((trial) => indexTrial(trial, showParameters))}</details>`;
}

function indexTrial(trial: IndexTrial, showParameters: boolean): Markup {
  switch (trial.status) {
    case 'tried':
      return html`<figure><figcaption>Index tried on a scratch copy${trial.used ? '' : ', which the planner did not use'}</figcaption><pre class="fix"><code>${trial.ddl}</code></pre>
<p class="muted">${formatBytes(trial.sizeBytes)}, built in ${formatMs(trial.buildMs)}</p></figure>
${measurementBlock({ kind: 'measurement', label: 'The statement with it', beforeMs: trial.beforeMs, afterMs: trial.afterMs, runs: trial.runs, method: 'on the scratch copy, round trip included' })}
<details><summary>Plan with the index</summary>${planTree(trial.planAfter, showParameters)}</details>`;
    case 'untried':
      return html`<figure><figcaption>Index that was not tried: ${trial.reason}</figcaption><pre class="fix"><code>${trial.ddl}</code></pre></figure>`;
    case 'none':
      return html`<p class="muted">No index to try: ${trial.reason}</p>`;
  }
}
