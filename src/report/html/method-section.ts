import { revisionLabel } from '../../model/revision-label.ts';
import type { LoadedRun, Run } from '../../model/run.ts';
import { auditResults, inVariants } from '../audit-results.ts';
import { formatBytes, formatMs, formatShare, formatTime, plural } from '../format.ts';
import { loadText } from '../load-text.ts';
import { designSentence, marginText, resolutionSentence } from '../verdict-text.ts';
import { type Content, html, type Markup } from './markup.ts';

/** Whether the figures can be believed, and what makes one think so. */
export function validityBlock(run: Run): Markup {
  const { trusted, overridden, warnings } = run.validity;
  const resolution = resolutionSentence(run);
  return html`<article class="card">
<h3>${trusted ? html`<span class="chip v-ok">● trusted</span>` : html`<span class="chip v-regressed">▲ not trusted</span>`}</h3>
<p>${trusted ? 'Nothing was attached to the service while it was measured, and the load generator kept up.' : 'Do not build on these figures: something disturbed the measurement.'}${overridden ? ' The verdict stands because --trust-anyway was given.' : undefined}</p>
${warnings.length > 0 ? html`<ul>${warnings.map(({ level, message }) => html`<li>${level === 'untrusted' ? html`<strong>▲ </strong>` : undefined}${message}</li>`)}</ul>` : undefined}
${resolution === undefined ? undefined : html`<p class="muted">This measurement can tell ${resolution}.</p>`}</article>`;
}

/** Audits that passed, and those without a result with the reason. */
export function auditsBlock(run: Run): Markup {
  const { passed, withoutResult } = auditResults(run);
  return html`${withoutResult.map(
    (entry) =>
      html`<p class="card flat"><span class="chip${entry.status === 'errored' ? ' v-regressed' : ''}">${entry.status}</span> ${entry.ids.map((id) => html`<code>${id}</code> `)}${inVariants(run, entry)} <span class="muted">${entry.reason}</span></p>`,
  )}${passed.length === 0 ? undefined : html`<details class="card"><summary>✓ ${plural(passed.length, 'audit')} passed</summary><ul>${passed.map(({ id, title }) => html`<li>${title} <code class="audit">${id}</code></li>`)}</ul></details>`}`;
}

const passes = [
  ['measure', 'full load, nothing attached to the service', 'every latency and throughput in this report'],
  ['profile', 'full load, a CPU profiler attached', 'stacks, in CPU time per request'],
  ['trace', 'one request at a time, a tap on the database connection', 'the statements of every single request'],
  ['explain', 'no load', 'plans of the slow statements; indexes and rewrites tried for real'],
] as const;

/** How it was measured and on what, and the command that does it again. */
export function methodSection({ run, gathered }: LoadedRun): Markup {
  const { comparison, environment, scenario } = run;
  const server = Object.values(gathered).flatMap(({ plans }) =>
    plans.status === 'gathered' ? [plans.value.server.version] : [],
  )[0];
  const load = Object.values(gathered).flatMap((artifacts) =>
    artifacts.load.status === 'gathered' ? [artifacts.load.value] : [],
  )[0];
  return html`<article class="card">
<p>Watching a service slows it down, so it was run several times and watched in one way at a time.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Passes"><table class="figures left"><thead><tr><th scope="col">pass</th><th scope="col">load</th><th scope="col">gives</th></tr></thead>
<tbody>${passes.map(([name, how, gives]) => html`<tr><th scope="row">${name}</th><td>${how}</td><td>${gives}</td></tr>`)}</tbody></table></div>
${comparison ? comparisonMethod(run) : undefined}
<h3>Environment</h3>
<dl class="facts">${[
    fact('started', `${formatTime(run.startedAt)}, took ${formatMs(run.durationMs)}`),
    fact(
      'machine',
      `${plural(environment.cpus, 'core')}, ${environment.cpuModel}, ${formatBytes(environment.memoryBytes)}`,
    ),
    fact('system', `${environment.platform}, Node ${environment.node}`),
    server === undefined ? undefined : fact('database', `PostgreSQL ${server}`),
    load === undefined ? undefined : fact('load', loadText(load)),
    load === undefined ? undefined : fact('seed', `${load.seed}, of every random choice`),
    fact('scenario', `${scenario.name}, digest ${scenario.digest.slice(0, 12)}`),
    ...Object.entries(run.variants).flatMap(([name, { revision }]) =>
      revision ? [fact(name, `${revisionLabel(revision)}, commit ${revision.commit}`)] : [],
    ),
    fact('run', run.id),
    fact('tool', `${run.tool.name} ${run.tool.version}`),
  ]}</dl>
<h3>Do it again</h3><pre class="fix"><code>${scenario.command}</code></pre></article>`;
}

function comparisonMethod(run: Run): Content {
  const { comparison, scenario } = run;
  if (!comparison) return undefined;
  const rounds = Math.max(0, ...comparison.metrics.map((metric) => metric.rounds));
  return html`<p>In ${plural(rounds, 'round')} ${designSentence(run)}. A change counts where the 90 % interval over the rounds excludes zero, an exact sign-flip test agrees (p ≤ 0.05), and it is at least ${formatShare(comparison.margin)}${comparison.floorMs > 0 ? ` and ${formatMs(comparison.floorMs)}` : ''} of ${scenario.gate.metric}. It is OK where the whole interval lies within ${marginText(comparison)}; anything else is inconclusive.</p>`;
}

const fact = (name: string, value: string): Markup => html`<dt>${name}</dt><dd>${value}</dd>`;
