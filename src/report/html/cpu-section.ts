import { type FlowProfile, type FunctionCost, functionCosts } from '../../model/profile.ts';
import type { LoadedRun } from '../../model/run.ts';
import { formatShare, formatSteps, formatUs } from '../format.ts';
import { frameName, framePlace } from '../frame-label.ts';
import { mostNodesInGraph } from './flame-columns.ts';
import { flameGraph, frameKinds } from './flame-graph.ts';
import { type Content, html, type Markup, percent } from './markup.ts';

const mostFunctions = 12;
/** Of all flame graphs of a report together, so that it can still be sent by mail. */
const mostNodesInReport = 100_000;

interface VariantFlow {
  readonly variant: string;
  readonly flow: FlowProfile;
}

const cpuPerRequestUs = ({ profile, requests }: FlowProfile) => (requests === 0 ? 0 : profile.totalUs / requests);

/** Where the CPU time of every flow goes: functions by their own time, and a flame graph for each variant. */
export function cpuSection({ run, gathered }: LoadedRun, idPrefix: string): Content {
  const variants = shownVariants(run.comparison, Object.keys(run.variants));
  const flows = new Map<string, VariantFlow[]>();
  const reasons = new Set<string>();
  for (const variant of variants) {
    const profile = gathered[variant]?.profile;
    if (profile?.status === 'missing') reasons.add(profile.reason);
    if (profile?.status !== 'gathered') continue;
    for (const flow of profile.value.flows) {
      flows.set(flow.flow, [...(flows.get(flow.flow) ?? []), { variant, flow }]);
    }
  }
  if (flows.size === 0)
    return reasons.size === 0 ? undefined : html`<p class="card muted">Not profiled: ${[...reasons].join('; ')}</p>`;
  const dearest = [...flows.values()].toSorted((a, b) => latestUs(b) - latestUs(a));
  const mostNodes = Math.floor(Math.min(mostNodesInGraph, mostNodesInReport / flows.size));
  return html`<p class="legend">${Object.entries(frameKinds).map(([kind, name]) => html`<span><span class="key f-${kind}"></span>${name}</span> `)}</p>
${dearest.map((entries, index) => flowDetails(entries, `${idPrefix}flame-${index}`, index === 0, mostNodes))}
${fullPages(run.variants)}`;
}

const latestUs = (entries: readonly VariantFlow[]) => {
  const last = entries.at(-1);
  return last ? cpuPerRequestUs(last.flow) : 0;
};

function shownVariants(comparison: LoadedRun['run']['comparison'], names: readonly string[]): readonly string[] {
  return comparison ? [comparison.before, comparison.after] : names;
}

function flowDetails(entries: readonly VariantFlow[], id: string, open: boolean, mostNodes: number): Markup {
  const first = entries[0]?.flow;
  const total = formatSteps(entries.map(({ flow }) => formatUs(cpuPerRequestUs(flow))));
  return html`<details class="card"${open ? html` open` : undefined}><summary><span class="endpoint">${first?.endpoints.join(', ')}</span>
<span class="aside">${total} of CPU in each request</span></summary>
${hotFunctions(entries)}
${flameGraph(id, first?.endpoints.join(', ') ?? '', entries, mostNodes)}</details>`;
}

/** Own time per request of each function in each variant: unlike a share, that can be compared. */
function hotFunctions(entries: readonly VariantFlow[]): Markup {
  const key = ({ frame }: FunctionCost) => `${frame.name}\0${frame.file}`;
  const sides = entries.map(({ flow }) => {
    const costs = new Map<string, FunctionCost>();
    for (const cost of functionCosts(flow)) if (!costs.has(key(cost))) costs.set(key(cost), cost);
    return costs;
  });
  const all = new Map(sides.flatMap((side) => [...side]));
  const own = (side: ReadonlyMap<string, FunctionCost> | undefined, id: string) => side?.get(id)?.selfUsPerRequest ?? 0;
  const most = Math.max(0, ...sides.flatMap((side) => [...side.values()].map((cost) => cost.selfUsPerRequest)));
  const rows = [...all]
    .toSorted(
      ([a], [b]) => Math.max(...sides.map((side) => own(side, b))) - Math.max(...sides.map((side) => own(side, a))),
    )
    .filter(([id]) => sides.some((side) => own(side, id) > 0))
    .slice(0, mostFunctions);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Hot functions"><table class="functions">
<thead><tr><th scope="col">function</th>${entries.map(({ variant }) => html`<th scope="col" class="bar-column">${entries.length > 1 ? variant : 'own time in each request'}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([
      id,
      { frame },
    ]) => html`<tr><th scope="row"><span class="key f-${frame.kind}"></span><code>${frameName(frame)}</code> <span class="condition">${framePlace(frame)}</span></th>
${sides.map((side, index) => html`<td class="bar-column">${ownTime(side.get(id), most, index === sides.length - 1 ? 'after' : 'before')}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}

function ownTime(cost: FunctionCost | undefined, most: number, kind: string): Content {
  if (!cost) return html`<span class="muted">–</span>`;
  return html`<span class="bar"><span class="${kind}" style="width:${percent(cost.selfUsPerRequest / most)}"></span></span>
<span class="value">${formatUs(cost.selfUsPerRequest)} <span class="muted">${formatShare(cost.selfShare)}</span></span>`;
}

/** Links to the 0x pages beside this file; only plain relative paths become links. */
function fullPages(variants: LoadedRun['run']['variants']): Content {
  const links = Object.entries(variants).flatMap(([name, { flameGraph: page }]) =>
    page !== undefined && /^[\w-]+(?:\/[\w-]+)*\.html$/.test(page) ? [html` <a href="${page}">${name}</a>`] : [],
  );
  return links.length === 0 ? undefined : html`<p class="muted">Every frame, in the folder of this report:${links}</p>`;
}
