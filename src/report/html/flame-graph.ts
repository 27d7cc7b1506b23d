import type { Frame } from '../../model/profile.ts';
import { formatShare, formatUs } from '../format.ts';
import { type FlameSide, flameColumns, mostNodesInGraph } from './flame-columns.ts';
import { type Content, html, jsonBlock, type Markup, percent } from './markup.ts';
import type { FlameData, FlameView } from './script/flame-data.ts';
import { createFlameTree, type FlameTree } from './script/flame-tree.ts';

/** The picture is for paper and for browsers without scripts: what is narrower cannot be read there. */
const leastShare = 0.005;
const mostBoxes = 150;
const rowHeightPx = 21;

export const frameKinds: Readonly<Record<Frame['kind'], string>> = {
  user: 'the service',
  dependency: 'its packages',
  runtime: 'the runtime',
  gc: 'garbage collection',
};

/**
 * A flame graph, callers above: the width of a box is its CPU time. Two variants also have their difference.
 *
 * The script makes it one that can be zoomed and searched; without it, and on paper, there are still pictures.
 */
export function flameGraph(
  id: string,
  name: string,
  sides: readonly FlameSide[],
  mostNodes = mostNodesInGraph,
): Content {
  const data = flameColumns(sides, mostNodes);
  if (!data) return undefined;
  const tree = createFlameTree(data);
  const label = `Flame graph of ${name}`;
  return html`<figure class="flame-figure" data-flame="${id}" role="group" aria-label="${label}"><figcaption>${label}: callers above, the width is CPU time</figcaption>
<div class="flame-still">${stills(data, tree, name)}</div>
${jsonBlock(id, data)}</figure>`;
}

function stills({ sides }: FlameData, tree: FlameTree, name: string): Content {
  const captions: readonly (readonly [FlameView, string])[] = sides.map((side, index) => [
    index,
    `${sides.length > 1 ? `${side}, ` : ''}${formatUs(tree.totalUs(0, index))} in each request`,
  ]);
  const difference: readonly (readonly [FlameView, string])[] =
    sides.length > 1
      ? [['difference', 'difference: ▲ takes more of its own time after, ▼ takes less; the width is the time after']]
      : [];
  return [...captions, ...difference].map(
    ([view, caption]) =>
      html`<p class="flame-caption">${caption}</p>${still(tree, view, `Flame graph of ${name}, ${caption}; the table has the same figures`)}`,
  );
}

function still(tree: FlameTree, view: FlameView, label: string): Markup {
  const whole = tree.width(0, view);
  const boxes: number[] = [];
  for (let node = 1; node < tree.count; node++) if (tree.width(node, view) >= leastShare * whole) boxes.push(node);
  // Of a node and its parent, which is as wide or wider, the parent stands first and stays.
  const widest = boxes.toSorted((a, b) => tree.width(b, view) - tree.width(a, view) || a - b).slice(0, mostBoxes);
  const rows = Math.max(0, ...widest.map((node) => tree.depth(node)));
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><div class="flame" role="img" aria-label="${label}" style="height:${rows * rowHeightPx}px">${widest.map((node) => flameBox(tree, node, view))}</div></div>`;
}

function flameBox(tree: FlameTree, node: number, view: FlameView): Markup {
  const whole = tree.width(0, view);
  const share = tree.width(node, view) / whole;
  const title = `${tree.name(node)} ${tree.place(node)}, ${formatUs(tree.width(node, view))} (${formatShare(share)})`;
  const growth = view === 'difference' ? tree.growth(node) : 0;
  const [kind, sign] =
    view !== 'difference'
      ? [`f-${tree.kind(node)}`, '']
      : growth === 0
        ? ['f-runtime', '']
        : growth > 0
          ? ['grew', '▲ ']
          : ['shrank', '▼ '];
  const strength = growth === 0 ? '' : `;--strength:${percent(0.3 + 0.7 * Math.sqrt(Math.abs(growth)))}`;
  return html`<span class="${kind}" style="left:${percent(tree.offset(node, view) / whole)};width:${percent(share)};top:${(tree.depth(node) - 1) * rowHeightPx}px${strength}" title="${title}">${sign}${tree.name(node)}</span>`;
}
