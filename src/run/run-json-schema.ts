import { runShape } from './run-shape.ts';
import type { JsonSchema } from './shape.ts';

/**
 * The JSON Schema (draft 7) of `run.json`, out of the shape by which a saved run is read: what the one accepts, the
 * other accepts. Keys that it does not know are let be, as later versions may add some.
 */
export function runJsonSchema(): JsonSchema {
  const definitions = new Map<string, JsonSchema>();
  const schema = runShape.describe(definitions);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A run of chokepoint',
    ...schema,
    definitions: Object.fromEntries(definitions),
  };
}
