import { createHash } from 'node:crypto';
import type { ScenarioDocument } from './schema.ts';
import type { SourceNode } from './source-tree.ts';
import { hasVariables } from './variables.ts';

/**
 * SHA-256 (hex) of what decides the numbers of a run.
 *
 * Defaults are filled in and maps are sorted, so that the way of writing does not matter. Variables count by their
 * names, so that neither a secret nor a machine's address matters. `gate` and `audits` judge the numbers and do not
 * make them: they may change between two runs that are compared.
 */
export function scenarioDigest(document: ScenarioDocument, written: SourceNode): string {
  const { gate: _gate, audits: _audits, ...deciding } = document;
  const order = Object.keys(document.variants);
  return createHash('sha256')
    .update(JSON.stringify([canonical(deciding, written), order]))
    .digest('hex');
}

/** `value` with sorted keys, and with the text of the file wherever that holds a variable. */
function canonical(value: unknown, written: SourceNode | undefined): unknown {
  if (written?.kind === 'scalar') return hasVariables(written.text) ? { written: written.text } : value;
  if (Array.isArray(value)) {
    return value.map((item, index) => canonical(item, written?.kind === 'list' ? written.items[index] : undefined));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, child]) => [
      key,
      canonical(child, written?.kind === 'map' ? written.entries.get(key)?.node : undefined),
    ]);
}
