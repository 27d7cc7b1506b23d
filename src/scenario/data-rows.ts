import { parseCsv } from './csv.ts';

/** One row of data: texts by the names of its fields; a plain value has one field, whose name is empty. */
export type Row = Readonly<Record<string, string>>;

export type RowsResult = readonly Row[] | { readonly error: string };

/** How the text of a data file becomes rows, by the file's extension. */
export const rowReaders: Readonly<Record<string, (text: string) => RowsResult>> = {
  '.csv': csvRows,
  '.json': jsonRows,
  '.ndjson': ndjsonRows,
  '.jsonl': ndjsonRows,
};

function csvRows(text: string): RowsResult {
  const csv = parseCsv(text);
  if ('error' in csv) return csv;
  const [header, ...records] = csv.records;
  if (!header) return { error: 'it is empty' };
  const names = header.fields;
  if (names.includes('')) return { error: 'a column of its header has no name' };
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return { error: `its header names "${twice}" twice` };
  if (records.length === 0) return { error: 'it has a header and no rows' };
  const ragged = records.find((record) => record.fields.length !== names.length);
  if (ragged) {
    const fields = ragged.fields.length === 1 ? '1 field' : `${ragged.fields.length} fields`;
    return { error: `line ${ragged.line} has ${fields}, and its header ${names.length}` };
  }
  return records.map(({ fields }) => Object.fromEntries(names.map((name, index) => [name, fields[index] ?? ''])));
}

function jsonRows(text: string): RowsResult {
  const parsed = parseJson(text);
  if ('error' in parsed) return { error: `it is ${parsed.error}` };
  if (!Array.isArray(parsed.value)) return { error: 'it is not a list' };
  const rows: Row[] = [];
  for (const [index, item] of parsed.value.entries()) {
    const row = rowOf(item);
    if (typeof row === 'string') return { error: `row ${index + 1}: ${row}` };
    rows.push(row);
  }
  return unevenness(rows, (index) => `row ${index + 1}`) ?? rows;
}

/** A JSON value a line; blank lines are passed over. Format: https://github.com/ndjson/ndjson-spec */
function ndjsonRows(text: string): RowsResult {
  const rows: Row[] = [];
  const lines: number[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const parsed = parseJson(line);
    if ('error' in parsed) return { error: `line ${index + 1} is ${parsed.error}` };
    const row = rowOf(parsed.value);
    if (typeof row === 'string') return { error: `line ${index + 1}: ${row}` };
    rows.push(row);
    lines.push(index + 1);
  }
  return unevenness(rows, (index) => `line ${lines[index]}`) ?? rows;
}

function parseJson(text: string): { readonly value: unknown } | { readonly error: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return { error: `not JSON (${error.message.replace(/\s+/g, ' ')})` };
    throw error;
  }
}

/** A value as a row, or why it is none. */
function rowOf(value: unknown): Row | string {
  if (Array.isArray(value)) return 'it is a list, and a row is a map or a plain value';
  const fields: readonly [string, unknown][] = isScalar(value) ? [['', value]] : Object.entries(value as object);
  const wrong = fields.find(([, field]) => !isScalar(field))?.[0];
  if (wrong !== undefined) return `"${wrong}" is neither text, number nor boolean`;
  return Object.fromEntries(fields.map(([name, field]) => [name, String(field ?? '')]));
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value !== 'object';
}

function unevenness(rows: readonly Row[], place: (index: number) => string): { readonly error: string } | undefined {
  const uneven = unevenRow(rows);
  return uneven && { error: `${place(uneven.index)} ${uneven.reason}` };
}

/** The first row whose fields are not those of the first one: `{{ name.field }}` would be empty there. */
export function unevenRow(rows: readonly Row[]): { readonly index: number; readonly reason: string } | undefined {
  const [first = {}] = rows;
  const names = Object.keys(first);
  const index = rows.findIndex(
    (row) => Object.keys(row).length !== names.length || !names.every((name) => Object.hasOwn(row, name)),
  );
  if (index >= 0) return { index, reason: 'has other fields than the first one' };
  return names.length === 0 && rows.length > 0 ? { index: 0, reason: 'has no fields' } : undefined;
}
