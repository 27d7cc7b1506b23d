import type { PlanNode } from '../../model/plan-node.ts';
import { formatCount, formatMs } from '../format.ts';
import { withoutLiterals } from '../literal-mask.ts';
import { nodeFacts, processesBelow, readText, spillText } from '../plan-facts.ts';
import { clipText, oneLine } from '../untrusted-text.ts';
import { type Cell, columnLines } from './columns.ts';
import { fitEnd } from './display-width.ts';
import type { Palette } from './palette.ts';

/** Nodes that a terminal shows; plans over partitions have thousands of equal ones. */
const mostNodes = 60;
const deepestIndent = 10;

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
  const visit = (node: PlanNode, depth: number, processes: number) => {
    if (rows.length > mostNodes * 2) return;
    const margin = '  '.repeat(Math.min(depth, deepestIndent));
    const own = node.selfMs !== undefined && node.selfMs === dearestMs;
    rows.push([
      { text: node.selfMs === undefined ? '' : formatMs(node.selfMs), ...(own ? { paint: paint.bad } : {}) },
      {
        text: node.actualRows === undefined ? `est. ${formatCount(node.estimatedRows)}` : formatCount(node.actualRows),
      },
      { text: node.rowsRemoved === undefined ? '' : formatCount(node.rowsRemoved) },
      { text: readText(node) },
      {
        text: `${margin}${depth > 0 ? '└ ' : ''}${nodeName(node, processes)}`,
        ...(own ? { paint: paint.strong } : {}),
      },
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
    for (const child of node.children) visit(child, depth + 1, processesBelow(node, processes));
  };
  visit(plan, 0, 1);
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

function nodeName(node: PlanNode, processes: number): string {
  const { type, part, relation, index } = node;
  const spilled = spillText(node);
  const facts = [...nodeFacts(node, processes), ...(spilled === '' ? [] : [spilled])];
  return oneLine(
    `${part === undefined ? '' : `${part}: `}${type}${relation === undefined ? '' : ` on ${relation}`}${index === undefined ? '' : ` using ${index}`}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}`,
  );
}
