import type { SourcePosition } from '../model/failure.ts';

/** A parsed YAML document in which every key and value still knows where it stands. */
export type SourceNode = ScalarNode | ListNode | MapNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** As written, without quotes: `1.10` where `value` is 1.1. */
  readonly text: string;
  /** A text in which variables were filled in. */
  readonly expanded?: true;
  readonly at: SourcePosition;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly SourceNode[];
  readonly at: SourcePosition;
}

export interface MapNode {
  readonly kind: 'map';
  /** In the order of the file. */
  readonly entries: ReadonlyMap<string, Located>;
  readonly at: SourcePosition;
}

/** A node, and where its key stands (for items of a list: where the item itself does). */
export interface Located {
  readonly node: SourceNode;
  readonly keyAt: SourcePosition;
}

/** The document as plain objects, arrays and scalars; every key is an own property. */
export function contentOf(node: SourceNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(contentOf);
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, contentOf(entry.node)]));
}

/** The node below `root` at `path`; `undefined` where nothing is written there. */
export function locate(root: SourceNode, path: readonly PropertyKey[]): Located | undefined {
  let located: Located = { node: root, keyAt: root.at };
  for (const key of path) {
    const child = childOf(located.node, key);
    if (!child) return undefined;
    located = child;
  }
  return located;
}

function childOf(node: SourceNode, key: PropertyKey): Located | undefined {
  if (node.kind === 'map') return node.entries.get(String(key));
  const item = node.kind === 'list' ? node.items[Number(key)] : undefined;
  return item && { node: item, keyAt: item.at };
}

/** Where `path` is written, or else the nearest key above it. */
export function nearestPosition(root: SourceNode, path: readonly PropertyKey[]): SourcePosition {
  for (let length = path.length; length > 0; length--) {
    const located = locate(root, path.slice(0, length));
    if (located) return located.keyAt;
  }
  return root.at;
}

/** Dotted path → position of its key, for every key and item of the document. */
export function positionsOf(root: SourceNode): Readonly<Record<string, SourcePosition>> {
  const positions: [string, SourcePosition][] = [];
  const visit = (node: SourceNode, path: string): void => {
    const enter = (key: string | number, child: SourceNode, at: SourcePosition) => {
      const childPath = path === '' ? String(key) : `${path}.${key}`;
      positions.push([childPath, at]);
      visit(child, childPath);
    };
    if (node.kind === 'list')
      node.items.forEach((item, index) => {
        enter(index, item, item.at);
      });
    if (node.kind === 'map') for (const [key, entry] of node.entries) enter(key, entry.node, entry.keyAt);
  };
  visit(root, '');
  return Object.fromEntries(positions);
}
