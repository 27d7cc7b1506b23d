import { resolve } from 'node:path';
import type { RequestBody } from '../model/flow.ts';
import { invalidValue, pairsAt } from './invalid-value.ts';
import type { RequestDocument } from './schema-steps.ts';
import { fileErrorReason, regularFile } from './source-text.ts';
import type { SourceNode } from './source-tree.ts';

const bodyKeys = ['json', 'form', 'body', 'file'] as const;

/** It is kept in memory by whoever sends it. */
const maxFileBytes = 64 * 1024 * 1024;

interface BuiltBody {
  readonly body: RequestBody;
  /** Left out where the scenario has to say it. */
  readonly contentType?: string;
}

/** The body of the request at `path`, of which there is at most one; `undefined` where it has none. */
export async function buildBody(
  request: RequestDocument,
  root: SourceNode,
  path: readonly PropertyKey[],
  folder: string,
): Promise<BuiltBody | undefined> {
  const [key, second] = bodyKeys.filter((bodyKey) => request[bodyKey] !== undefined);
  if (second !== undefined) {
    throw invalidValue(root, [...path, second], `stands beside ${key}`, 'keep one of the two');
  }
  switch (key) {
    case 'json':
      return {
        body: { kind: 'json', text: jsonText(request.json, root, [...path, key]) },
        contentType: 'application/json',
      };
    case 'form':
      return {
        body: { kind: 'form', fields: pairsAt(root, [...path, key]) },
        contentType: 'application/x-www-form-urlencoded',
      };
    case 'body':
      return { body: { kind: 'text', text: request.body ?? '' } };
    case 'file':
      return { body: { kind: 'file', path: await checkedFile(request.file ?? '', root, [...path, key], folder) } };
    case undefined:
      return undefined;
  }
}

/** `json` as JSON; refuses the numbers that JSON has not, or not to the last digit. */
export function jsonText(json: unknown, root: SourceNode, path: readonly PropertyKey[]): string {
  return JSON.stringify(json, (key, value: unknown) => {
    if (
      typeof value !== 'number' ||
      (Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)))
    ) {
      return value;
    }
    const reason = `${key === '' ? 'it' : `"${key}"`} is a number that JSON would not carry unchanged (${value})`;
    throw invalidValue(root, path, reason, 'write it in quotes, or use body: for exact text');
  });
}

async function checkedFile(
  file: string,
  root: SourceNode,
  path: readonly PropertyKey[],
  folder: string,
): Promise<string> {
  const absolute = resolve(folder, file);
  const refused = (reason: string) => invalidValue(root, path, reason, 'paths are relative to the scenario file');
  const { size } = await regularFile(absolute).catch((error: unknown) => {
    throw refused(`${file} cannot be read: ${fileErrorReason(error)}`);
  });
  if (size > maxFileBytes) {
    const reason = `${file} is larger than ${maxFileBytes / 1024 / 1024} MiB`;
    throw invalidValue(root, path, reason, 'send a smaller file');
  }
  return absolute;
}
