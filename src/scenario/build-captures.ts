import type { Capture } from '../model/flow.ts';
import { countGroups, requireJsonPath } from './expressions.ts';
import { invalidValue } from './invalid-value.ts';
import type { CaptureDocument, RequestDocument } from './schema-steps.ts';
import type { SourceNode } from './source-tree.ts';

const sources = ['json', 'header', 'regex'] as const;

/** Checks the expressions; `path` is that of the key `capture`. */
export function buildCaptures(
  documents: RequestDocument['capture'],
  root: SourceNode,
  path: readonly PropertyKey[],
): readonly Capture[] {
  if (documents === undefined) return [];
  if (!Array.isArray(documents)) return [buildCapture(documents, root, path)];
  const captures: Capture[] = [];
  for (const [index, document] of documents.entries()) {
    if (captures.some(({ as }) => as === document.as)) {
      const reason = `"${document.as}" is captured already by this step`;
      throw invalidValue(root, [...path, index, 'as'], reason, 'use another name');
    }
    captures.push(buildCapture(document, root, [...path, index]));
  }
  return captures;
}

function buildCapture(document: CaptureDocument, root: SourceNode, path: readonly PropertyKey[]): Capture {
  const { as, json, header, regex, group, flags } = document;
  const named = sources.filter((source) => document[source] !== undefined);
  if (named.length !== 1) {
    const reason = named.length === 0 ? 'captures nothing' : `has ${named.join(' and ')}`;
    throw invalidValue(root, path, reason, 'give one of json, header and regex');
  }
  for (const key of ['group', 'flags'] as const) {
    if (regex === undefined && document[key] !== undefined) {
      throw invalidValue(root, [...path, key], 'belongs to a regex', 'leave it out');
    }
  }
  if (json !== undefined) {
    requireJsonPath(json, root, [...path, 'json']);
    return { as, from: 'json', path: json };
  }
  if (header !== undefined) return { as, from: 'header', name: header.toLowerCase() };
  return { as, from: 'regex', ...checkedRegex(regex ?? '', flags ?? '', group, root, path) };
}

function checkedRegex(
  pattern: string,
  flags: string,
  group: number | undefined,
  root: SourceNode,
  path: readonly PropertyKey[],
) {
  const groups = countGroups(pattern, flags, root, [...path, 'regex']);
  if (group !== undefined && group > groups) {
    const has = groups === 0 ? 'has no group' : `has ${groups} ${groups === 1 ? 'group' : 'groups'}`;
    const hint = 'put what you want in round brackets; group 0 is the whole';
    throw invalidValue(root, [...path, 'group'], `there is no group ${group}: the expression ${has}`, hint);
  }
  return { pattern, flags, group: group ?? Math.min(groups, 1) };
}
