import type { RuleResult, Run } from '../../model/run.ts';
import { type Content, html, type Markup } from './markup.ts';

/** A sign, a word and a class each, so that no rule rests on colour alone. */
const statuses: Readonly<Record<RuleResult['status'], readonly [sign: string, word: string, kind: string]>> = {
  holds: ['✓', 'holds', 'v-ok'],
  broken: ['▲', 'broken', 'v-regressed'],
  unsure: ['?', 'unsure', 'v-inconclusive'],
  unknown: ['–', 'unknown', ''],
};

/** Whether the change may pass by the rules of the scenario, with what came of each rule. */
export function decisionSection({ decision }: Run): Markup {
  const { exitCode, reason, rules } = decision;
  const passes = exitCode === 0;
  return html`<article class="card"><p><span class="chip ${passes ? 'v-improved' : 'v-regressed'}"><span aria-hidden="true">${passes ? '✓' : '▲'}</span> ${passes ? 'passes' : 'does not pass'}</span>
<span class="decision-reason">${reason}</span> <span class="muted">exit code ${exitCode}</span></p>${ruleTable(rules)}</article>`;
}

function ruleTable(rules: readonly RuleResult[]): Content {
  if (rules.length === 0) return undefined;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Rules of the gate"><table class="figures left rules"><thead><tr><th scope="col">rule</th><th scope="col">result</th><th scope="col">figures</th></tr></thead>
<tbody>${rules.map(({ rule, status, summary }) => {
    const [sign, word, kind] = statuses[status];
    return html`<tr><th scope="row"><code>${rule}</code></th><td><span class="chip ${kind}"><span aria-hidden="true">${sign}</span> ${word}</span></td><td>${summary}</td></tr>`;
  })}</tbody></table></div>`;
}
