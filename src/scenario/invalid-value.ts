import { Failure } from '../model/failure.ts';
import { locate, nearestPosition, type SourceNode } from './source-tree.ts';

/** The failure `scenario-invalid-value` at the value of `path`, or at the key above where none is written. */
export function invalidValue(root: SourceNode, path: readonly PropertyKey[], reason: string, hint: string): Failure {
  const at = locate(root, path)?.node.at ?? nearestPosition(root, path);
  return new Failure('scenario-invalid-value', { path: path.join('.'), reason, hint }, { at });
}

/** The entries of the map at `path` as texts, as they are written: `1.10` stays so. Empty where there is none. */
export function textsAt(root: SourceNode, path: readonly PropertyKey[]): Readonly<Record<string, string>> {
  const node = locate(root, path)?.node;
  if (node?.kind !== 'map') return {};
  return Object.fromEntries(
    [...node.entries].flatMap(([key, { node: value }]) => (value.kind === 'scalar' ? [[key, value.text]] : [])),
  );
}

/** The entries of the map at `path` as texts, in order; one whose value is a list stands once for each item. */
export function pairsAt(root: SourceNode, path: readonly PropertyKey[]): readonly (readonly [string, string])[] {
  const node = locate(root, path)?.node;
  if (node?.kind !== 'map') return [];
  return [...node.entries].flatMap(([key, { node: value }]) =>
    (value.kind === 'list' ? value.items : [value]).flatMap((item): [string, string][] =>
      item.kind === 'scalar' ? [[key, item.text]] : [],
    ),
  );
}
