import type { Expectation } from '../model/flow.ts';
import { jsonText } from './build-body.ts';
import { lowerCaseHeaders } from './build-headers.ts';
import { requireJsonPath } from './expressions.ts';
import { parseBytes } from './quantities.ts';
import type { ExpectDocument } from './schema-steps.ts';
import type { SourceNode } from './source-tree.ts';

export const nothingExpected: Expectation = { json: [], headers: [], contains: [] };

/** Checks the paths; `path` is that of the key `expect`. */
export function buildExpectation(
  { status, json = {}, contains = [], maxBytes }: ExpectDocument,
  root: SourceNode,
  path: readonly PropertyKey[],
): Expectation {
  for (const [jsonPath, value] of Object.entries(json)) {
    const at = [...path, 'json', jsonPath];
    requireJsonPath(jsonPath, root, at);
    jsonText(value, root, at);
  }
  const headers = lowerCaseHeaders(root, [...path, 'headers']);
  const bytes = typeof maxBytes === 'string' ? parseBytes(maxBytes) : maxBytes;
  return {
    ...(status === undefined ? {} : { statuses: [status].flat() }),
    json: Object.entries(json).map(([jsonPath, value]) => ({ path: jsonPath, value })),
    headers: Object.entries(headers).map(([name, holds]) => ({ name, holds })),
    contains: [contains].flat(),
    ...(bytes === undefined ? {} : { maxBytes: bytes }),
  };
}
