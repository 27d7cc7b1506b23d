import type { Node } from 'libpg-query';

type KeysOfUnion<T> = T extends unknown ? keyof T : never;

/** The name of a node of PostgreSQL's raw parse tree, such as `SelectStmt`. */
export type NodeKind = KeysOfUnion<Node>;

export type NodeOf<K extends NodeKind> = Extract<Node, Record<K, unknown>>[K];

/** The node itself where it is of this kind. */
export function asKind<K extends NodeKind>(node: Node | undefined, kind: K): NodeOf<K> | undefined {
  return node && kind in node ? (node as unknown as Record<K, NodeOf<K>>)[kind] : undefined;
}

/**
 * Every value in `tree` that stands under `key`, a node's kind or a field's name, in the order of the text.
 *
 * Iterative, because machine-written texts nest thousands deep.
 */
export function valuesUnder(tree: unknown, key: string): readonly unknown[] {
  const found: unknown[] = [];
  const stack: unknown[] = [tree];
  while (stack.length > 0) {
    const value = stack.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (!Array.isArray(value) && key in value) found.push((value as Record<string, unknown>)[key]);
    stack.push(...Object.values(value).reverse());
  }
  return found;
}

/** Every node of this kind in `tree`, in the order of the text. */
export function nodesOfKind<K extends NodeKind>(tree: unknown, kind: K): readonly NodeOf<K>[] {
  return valuesUnder(tree, kind) as readonly NodeOf<K>[];
}

/** The parts of a dotted name, such as `['pg_catalog', 'now']`; `*` for a star. */
export function nameParts(nodes: readonly Node[] | undefined): readonly string[] {
  return (nodes ?? []).map((node) => asKind(node, 'String')?.sval ?? '*');
}

/** The conditions that AND joins, at any depth of nesting. */
export function conjuncts(condition: Node | undefined): readonly Node[] {
  if (!condition) return [];
  const bool = asKind(condition, 'BoolExpr');
  return bool?.boolop === 'AND_EXPR' ? (bool.args ?? []).flatMap(conjuncts) : [condition];
}

/** The highest `$n` of a statement; 0 where it has none. */
export function parameterCount(tree: unknown): number {
  return nodesOfKind(tree, 'ParamRef').reduce((highest, { number = 0 }) => Math.max(highest, number), 0);
}
