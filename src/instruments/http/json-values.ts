import { maxHashedValues, type ResponseValues } from '../../model/http.ts';
import { valueHash } from '../../model/value-hash.ts';

/** The texts and numbers of a JSON body, at any depth and each once; names, `true`, `false` and `null` tell nothing. */
export function valuesOfJson(body: Buffer): ResponseValues | undefined {
  let root: unknown;
  try {
    root = JSON.parse(body.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const hashes = new Set<string>();
  const stack: unknown[] = [root];
  while (stack.length > 0) {
    const value = stack.pop();
    if (typeof value === 'string' || typeof value === 'number') {
      const hash = valueHash(String(value));
      if (hashes.size === maxHashedValues && !hashes.has(hash)) return { hashes: [...hashes], isComplete: false };
      hashes.add(hash);
    } else if (typeof value === 'object' && value !== null) {
      // In the order of the text, so that what is kept of a long body is its beginning.
      for (const inner of Object.values(value).reverse()) stack.push(inner);
    }
  }
  return { hashes: [...hashes], isComplete: true };
}
