import type { IndexTrial, PlansArtifact, StatementPlan } from '../../model/plans.ts';
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

/** The plans of the slow statements and the indexes that were tried, of the variant that is to stay. */
export function plansSection({ run, gathered }: LoadedRun, showParameters: boolean): Content {
  const names = run.comparison ? [run.comparison.after, run.comparison.before] : Object.keys(run.variants);
  const shown = new Set<string>();
  const blocks = names.flatMap((name) => {
    const plans = gathered[name]?.plans;
    if (plans?.status !== 'gathered') return [];
    return plans.value.statements.flatMap((statement) => {
      if (statement.status === 'refused' || shown.has(statement.fingerprint) || shown.size >= mostPlans) return [];
      shown.add(statement.fingerprint);
      return [statementPlan(statement, plans.value, showParameters)];
    });
  });
  if (blocks.length > 0) return html`${blocks}`;
  const reason = names.flatMap((name) => {
    const plans = gathered[name]?.plans;
    return plans?.status === 'missing' ? [plans.reason] : [];
  })[0];
  return reason === undefined ? undefined : html`<p class="card muted">No plans: ${reason}</p>`;
}

function statementPlan(
  statement: Exclude<StatementPlan, { status: 'refused' }>,
  plans: PlansArtifact,
  showParameters: boolean,
): Markup {
  const trials = plans.trials.filter(({ fingerprint }) => fingerprint === statement.fingerprint);
  const sql = statementText(statement.sql, showParameters);
  const aside =
    statement.status === 'analyzed'
      ? `${formatMs(statement.executionMs)}, median of ${plural(statement.runsMs.length, 'run')}; planning ${formatMs(statement.planningMs)}`
      : `planned, not executed: ${statement.reason}`;
  return html`<details class="card"><summary><code class="sql-line">${oneLine(sql)}</code> <span class="aside">${aside}</span></summary>
${sql.length > oneLineOfSql || sql.includes('\n') ? html`<pre><code>${sql}</code></pre>` : undefined}${planTree(statement.plan, showParameters)}
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
