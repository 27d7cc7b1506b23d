import { Failure } from '../model/failure.ts';
import type { DataSource } from '../model/scenario.ts';
import { templateNames } from '../model/template.ts';
import { locate, type SourceNode } from './source-tree.ts';

/** Everything in double braces, also what is no name and so would be sent as it stands. */
const braced = /\{\{([^{}]*)\}\}/g;

/** Throws `scenario-unknown-data` for the first `{{ name }}` in a step or a header that no data supplies. */
export function requireKnownNames(root: SourceNode, data: readonly DataSource[]): void {
  const known = data.flatMap(namesOf);
  const check = (text: string, at: SourceNode['at']): void => {
    for (const [placeholder, inner = ''] of text.matchAll(braced)) {
      const [name] = templateNames(placeholder);
      if (name === undefined || !known.includes(name)) {
        throw new Failure('scenario-unknown-data', { name: name ?? inner.trim(), known }, { at });
      }
    }
  };
  const visit = (node: SourceNode): void => {
    if (node.kind === 'scalar') check(node.text, node.at);
    if (node.kind === 'list') for (const item of node.items) visit(item);
    if (node.kind !== 'map') return;
    for (const [key, entry] of node.entries) {
      check(key, entry.keyAt);
      visit(entry.node);
    }
  };
  for (const key of ['flows', 'variants']) {
    const part = locate(root, [key]);
    if (part) visit(part.node);
  }
}

/** The names that one source supplies. */
function namesOf({ as, values }: DataSource): readonly string[] {
  if (values.kind === 'range') return [as];
  return Object.keys(values.rows[0] ?? {}).map((field) => (field === '' ? as : `${as}.${field}`));
}
