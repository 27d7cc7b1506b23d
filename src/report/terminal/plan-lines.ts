import { ownBlocks, type PlanNode } from '../../model/plans.ts';
import { formatBytes, formatCount, formatMs } from '../format.ts';
import { withoutLiterals } from '../literal-mask.ts';
import { clipText, oneLine } from '../untrusted-text.ts';
import { type Cell, columnLines } from './columns.ts';
import { fitEnd } from './display-width.ts';
import type { Palette } from './palette.ts';

/** Nodes that a terminal shows; plans over partitions have thousands of equal ones. */
const mostNodes = 60;
const deepestIndent = 10;
const blockBytes = 8192;

interface PlanLayout {
  readonly width: number;
  readonly indent: number;
  readonly showParameters: boolean;
  readonly paint: Palette;
}

/** A plan with the time, the rows and the removed rows of every node; conditions stand below their node. */
export function planLines(plan: PlanNode, { width, indent, showParameters, paint }: PlanLayout): readonly string[] {
  const rows: (readonly Cell[])[] = [
    ['own time', 'rows', 'removed', 'read', ''].map((text) => ({ text, paint: paint.faint })),
  ];
  const dearestMs = dearest(plan);
  const visit = (node: PlanNode, depth: number) => {
    if (rows.length > mostNodes * 2) return;
    const margin = '  '.repeat(Math.min(depth, deepestIndent));
    const own = node.selfMs !== undefined && node.selfMs === dearestMs;
    rows.push([
      { text: node.selfMs === undefined ? '' : formatMs(node.selfMs), ...(own ? { paint: paint.bad } : {}) },
      {
        text: node.actualRows === undefined ? `est. ${formatCount(node.estimatedRows)}` : formatCount(node.actualRows),
      },
      { text: node.rowsRemoved === undefined ? '' : formatCount(node.rowsRemoved) },
      { text: readOf(node) },
      { text: `${margin}${depth > 0 ? '└ ' : ''}${nodeName(node)}`, ...(own ? { paint: paint.strong } : {}) },
    ]);
    for (const condition of node.conditions) {
      const text = clipText(showParameters ? condition : withoutLiterals(condition), 300);
      rows.push([
        { text: '' },
        { text: '' },
        { text: '' },
        { text: '' },
        { text: `${margin}    ${oneLine(text)}`, paint: paint.faint },
      ]);
    }
    for (const child of node.children) visit(child, depth + 1);
  };
  visit(plan, 0);
  return columnLines(rows, {
    width,
    indent,
    align: ['right', 'right', 'right', 'right', 'left'],
    flex: 4,
    shorten: fitEnd,
  });
}

function dearest({ selfMs, children }: PlanNode): number {
  return Math.max(selfMs ?? 0, ...children.map(dearest));
}

function nodeName(node: PlanNode): string {
  const { type, part, relation, index, workersLaunched, loops = 0 } = node;
  const facts = [
    ...(workersLaunched === undefined ? [] : [`${workersLaunched} workers`]),
    ...(loops > 1 ? [`${formatCount(loops)} loops`] : []),
    ...(node.lossyBlocks ? [`${formatCount(node.lossyBlocks)} lossy blocks`] : []),
    ...(node.heapFetches ? [`${formatCount(node.heapFetches)} heap fetches`] : []),
    ...(node.hashBatches === undefined ? [] : [`${formatCount(node.hashBatches)} batches`]),
    ...(ownBlocks(node).tempWritten > 0 ? [`${formatBytes(ownBlocks(node).tempWritten * blockBytes)} to disk`] : []),
  ];
  return oneLine(
    `${part === undefined ? '' : `${part}: `}${type}${relation === undefined ? '' : ` on ${relation}`}${index === undefined ? '' : ` using ${index}`}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}`,
  );
}

function readOf(node: PlanNode): string {
  const { read } = ownBlocks(node);
  return read === 0 ? '' : formatBytes(read * blockBytes);
}
