import { type PlanNode, planNodes } from '../../model/plan-node.ts';
import { formatCount, formatMs } from '../format.ts';
import { withoutLiterals } from '../literal-mask.ts';
import { nodeFacts, processesBelow, readText, spillText } from '../plan-facts.ts';
import { clipText } from '../untrusted-text.ts';
import { type Content, html, type Markup, percent } from './markup.ts';

/** Nodes and depth that a report shows: plans over partitions have thousands of equal nodes. */
const mostNodes = 200;
const deepestIndent = 12;
/** From a factor of ten between estimated and actual rows on the planner chooses by wrong costs. */
const misjudgedRows = 10;
/** A node that takes less is no reason for alarm, even if it is the dearest of its plan. */
const notableMs = 1;

/** A plan as a table, a node a row: bars show where the time itself is spent, without that of the children. */
export function planTree(plan: PlanNode, showParameters: boolean): Markup {
  const nodes = [...planNodes(plan)];
  const longestMs = Math.max(...nodes.map(({ selfMs }) => selfMs ?? 0));
  const rows: Markup[] = [];
  const visit = (node: PlanNode, depth: number, processes: number) => {
    if (rows.length >= mostNodes) return;
    rows.push(planRow(node, { depth, processes, longestMs, showParameters }));
    for (const child of node.children) visit(child, depth + 1, processesBelow(node, processes));
  };
  visit(plan, 0, 1);
  const hidden = nodes.length - rows.length;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Plan"><table class="plan">
<thead><tr><th scope="col">node</th><th scope="col" class="bar-column">own time</th><th scope="col">rows</th><th scope="col">removed</th><th scope="col">read</th></tr></thead>
<tbody>${rows}</tbody></table></div>${hidden > 0 ? html`<p class="muted">and ${formatCount(hidden)} more nodes</p>` : undefined}`;
}

interface RowLayout {
  readonly depth: number;
  readonly processes: number;
  readonly longestMs: number;
  readonly showParameters: boolean;
}

function planRow(node: PlanNode, { depth, processes, longestMs, showParameters }: RowLayout): Markup {
  const share = longestMs > 0 ? (node.selfMs ?? 0) / longestMs : 0;
  const indent = Math.min(depth, deepestIndent);
  return html`<tr class="${share === 1 && (node.selfMs ?? 0) >= notableMs ? 'dearest' : ''}"><th scope="row"><div style="padding-left:${indent * 16}px">
${depth > 0 ? html`<span class="branch" aria-hidden="true">└</span>` : undefined}${node.part === undefined ? undefined : html`<span class="muted">${node.part}: </span>`}<span class="node">${node.type}</span>${node.relation === undefined ? undefined : html` on <code>${node.relation}</code>`}${node.index === undefined ? undefined : html` using <code>${node.index}</code>`}
${node.conditions.map((condition) => html`<div class="condition">${clipText(showParameters ? condition : withoutLiterals(condition), 500)}</div>`)}
${factsLine(node, processes)}</div></th>
<td class="bar-column">${ownTime(node, share)}</td>
<td>${rowsOf(node)}</td>
<td>${node.rowsRemoved === undefined ? '' : formatCount(node.rowsRemoved)}</td>
<td>${blocksOf(node)}</td></tr>`;
}

function ownTime({ selfMs }: PlanNode, share: number): Content {
  if (selfMs === undefined) return html`<span class="muted">not run</span>`;
  return html`<span class="bar"><span style="width:${percent(share)}"></span></span> <span class="value">${formatMs(selfMs)}</span>`;
}

function rowsOf({ actualRows, estimatedRows }: PlanNode): Content {
  if (actualRows === undefined) return html`<span class="muted">est. ${formatCount(estimatedRows)}</span>`;
  const ratio = Math.max(actualRows, 1) / Math.max(estimatedRows, 1);
  const wrong = ratio >= misjudgedRows || ratio <= 1 / misjudgedRows;
  return html`${formatCount(actualRows)}${wrong ? html`<div class="condition">▲ est. ${formatCount(estimatedRows)}</div>` : undefined}`;
}

function blocksOf(node: PlanNode): Content {
  const spilled = spillText(node);
  return html`${readText(node)}${spilled === '' ? undefined : html`<div class="condition">▲ ${spilled}</div>`}`;
}

function factsLine(node: PlanNode, processes: number): Content {
  const { sortMethod } = node;
  const facts = [...(sortMethod === undefined ? [] : [sortMethod]), ...nodeFacts(node, processes)];
  return facts.length === 0 ? undefined : html`<div class="condition">${facts.join(' · ')}</div>`;
}
