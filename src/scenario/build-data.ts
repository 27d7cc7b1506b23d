import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { Failure } from '../model/failure.ts';
import type { DataSource } from '../model/scenario.ts';
import { type Row, rowReaders, unevenRow } from './data-rows.ts';
import { invalidValue, textsAt } from './invalid-value.ts';
import type { DataDocument } from './schema.ts';
import { decodeText, fileErrorReason, regularFile } from './source-text.ts';
import { locate, type SourceNode } from './source-tree.ts';

/** Every row is kept in memory, and drawn from while load runs. */
const maxDataBytes = 64 * 1024 * 1024;

/** Reads the data files; throws `data-unreadable` or `scenario-invalid-value` at the entry that is wrong. */
export async function buildData(
  documents: readonly DataDocument[],
  root: SourceNode,
  folder: string,
): Promise<readonly DataSource[]> {
  const sources: DataSource[] = [];
  for (const [index, document] of documents.entries()) {
    const path = ['data', index];
    const { as, order } = document;
    if (sources.some((source) => source.as === as)) {
      throw invalidValue(root, [...path, 'as'], `"${as}" is the name of earlier data`, 'use another name');
    }
    sources.push({ as, order, values: await valuesOf(document, root, path, folder) });
  }
  return sources;
}

async function valuesOf(
  { range, path: file, values }: DataDocument,
  root: SourceNode,
  path: readonly PropertyKey[],
  folder: string,
): Promise<DataSource['values']> {
  const kinds = ['range', 'path', 'values'].filter((_, index) => [range, file, values][index] !== undefined);
  if (kinds.length !== 1) {
    const reason = kinds.length === 0 ? 'has no values' : `has ${kinds.join(' and ')}`;
    throw invalidValue(root, path, reason, 'give one of range, path and values');
  }
  if (range) {
    const [from, to] = range;
    if (from > to)
      throw invalidValue(root, [...path, 'range'], `${from} is above ${to}`, 'write the smaller one first');
    return { kind: 'range', from, to };
  }
  if (file !== undefined) return { kind: 'rows', rows: await fileRows(file, root, [...path, 'path'], folder) };
  const rows = inlineRows(root, [...path, 'values']);
  const uneven = unevenRow(rows);
  if (uneven)
    throw invalidValue(root, [...path, 'values', uneven.index], uneven.reason, 'give all of them the same keys');
  return { kind: 'rows', rows };
}

function inlineRows(root: SourceNode, path: readonly PropertyKey[]): readonly Row[] {
  const list = locate(root, path)?.node;
  if (list?.kind !== 'list') return [];
  return list.items.map((item, index) =>
    item.kind === 'scalar' ? { '': item.text } : textsAt(root, [...path, index]),
  );
}

async function fileRows(
  file: string,
  root: SourceNode,
  path: readonly PropertyKey[],
  folder: string,
): Promise<readonly Row[]> {
  const unreadable = (reason: string, cause?: unknown) =>
    new Failure('data-unreadable', { path: file, reason }, { at: locate(root, path)?.node.at, cause });
  const read = rowReaders[extname(file).toLowerCase()];
  if (!read) throw unreadable(`it is none of ${Object.keys(rowReaders).join(', ')}`);
  const text = await readText(resolve(folder, file)).catch((error: unknown) => {
    throw unreadable(fileErrorReason(error), error);
  });
  if (text === undefined) throw unreadable('it is binary, or not in UTF-8');
  const rows = read(text);
  if ('error' in rows) throw unreadable(rows.error);
  if (rows.length === 0) throw unreadable('it has no rows');
  return rows;
}

async function readText(path: string): Promise<string | undefined> {
  const { size } = await regularFile(path);
  if (size > maxDataBytes) throw new Error(`it is larger than ${maxDataBytes / 1024 / 1024} MiB`);
  return decodeText(await readFile(path));
}
