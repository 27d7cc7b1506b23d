import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { Failure } from '../model/failure.ts';
import type { DataSource } from '../model/scenario.ts';
import { parseCsv } from './csv.ts';
import { invalidValue, textsAt } from './invalid-value.ts';
import type { DataDocument } from './schema.ts';
import { decodeText, fileErrorReason, regularFile } from './source-text.ts';
import { locate, type SourceNode } from './source-tree.ts';

type Row = Readonly<Record<string, string>>;

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
  const read = readers[extname(file).toLowerCase()];
  if (!read) throw unreadable('it is neither .csv nor .json');
  const text = await readText(resolve(folder, file)).catch((error: unknown) => {
    throw unreadable(fileErrorReason(error), error);
  });
  if (text === undefined) throw unreadable('it is binary, or not in UTF-8');
  const rows = read(text);
  if ('error' in rows) throw unreadable(rows.error);
  const uneven = unevenRow(rows);
  if (uneven) throw unreadable(`row ${uneven.index + 1} ${uneven.reason}`);
  if (rows.length === 0) throw unreadable('it has no rows');
  return rows;
}

async function readText(path: string): Promise<string | undefined> {
  const { size } = await regularFile(path);
  if (size > maxDataBytes) throw new Error(`it is larger than ${maxDataBytes / 1024 / 1024} MB`);
  return decodeText(await readFile(path));
}

type Reader = (text: string) => readonly Row[] | { readonly error: string };

const readers: Readonly<Record<string, Reader>> = { '.csv': csvRows, '.json': jsonRows };

function csvRows(text: string): ReturnType<Reader> {
  const csv = parseCsv(text);
  if ('error' in csv) return csv;
  const [header, ...records] = csv.records;
  if (!header) return { error: 'it is empty' };
  const names = header.fields;
  if (names.includes('')) return { error: 'a column of its header has no name' };
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return { error: `its header names "${twice}" twice` };
  const ragged = records.find((record) => record.fields.length !== names.length);
  if (ragged) {
    return { error: `line ${ragged.line} has ${ragged.fields.length} fields, and its header ${names.length}` };
  }
  return records.map(({ fields }) => Object.fromEntries(names.map((name, index) => [name, fields[index] ?? ''])));
}

function jsonRows(text: string): ReturnType<Reader> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return { error: `it is not JSON (${error.message})` };
    throw error;
  }
  if (!Array.isArray(content)) return { error: 'it is not a list' };
  const rows: Row[] = [];
  for (const [index, item] of content.entries()) {
    const fields: readonly [string, unknown][] = isScalar(item) ? [['', item]] : Object.entries(item as object);
    const wrong = Array.isArray(item) ? 'itself' : fields.find(([, value]) => !isScalar(value))?.[0];
    if (wrong !== undefined) return { error: `row ${index + 1}: "${wrong}" is neither text, number nor boolean` };
    rows.push(Object.fromEntries(fields.map(([name, value]) => [name, String(value ?? '')])));
  }
  return rows;
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value !== 'object';
}

/** The first row whose fields are not those of the first one: `{{ name.field }}` would be empty there. */
function unevenRow(rows: readonly Row[]): { readonly index: number; readonly reason: string } | undefined {
  const [first = {}] = rows;
  const names = Object.keys(first);
  const index = rows.findIndex(
    (row) => Object.keys(row).length !== names.length || !names.every((name) => Object.hasOwn(row, name)),
  );
  if (index >= 0) return { index, reason: 'has other fields than the first one' };
  return names.length === 0 && rows.length > 0 ? { index: 0, reason: 'has no fields' } : undefined;
}
