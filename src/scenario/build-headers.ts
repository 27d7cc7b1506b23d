import { invalidValue, textsAt } from './invalid-value.ts';
import type { SourceNode } from './source-tree.ts';

/** Headers with lower-case names, as the model wants them; a name that differs only in case stands twice. */
export function lowerCaseHeaders(root: SourceNode, path: readonly PropertyKey[]): Readonly<Record<string, string>> {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(textsAt(root, path))) {
    if (headers.has(name.toLowerCase())) {
      throw invalidValue(root, [...path, name], 'is the same header as an earlier one', 'keep one of the two');
    }
    headers.set(name.toLowerCase(), value);
  }
  return Object.fromEntries(headers);
}
