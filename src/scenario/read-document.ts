import { type ScenarioDocument, scenarioSchema } from './schema.ts';
import { mistypedPaths, schemaFailure } from './schema-issues.ts';
import { contentOf, type SourceNode } from './source-tree.ts';
import { retypeVariables } from './variables.ts';

/** Checks shape, types and ranges, and fills in the defaults; throws the first thing that is wrong in the file. */
export function readDocument(root: SourceNode): ScenarioDocument {
  const first = scenarioSchema.safeParse(contentOf(root));
  if (first.success) return first.data;
  const retyped = retypeVariables(root, mistypedPaths(first.error.issues));
  const second = scenarioSchema.safeParse(contentOf(retyped));
  if (second.success) return second.data;
  throw schemaFailure(second.error.issues, retyped);
}
