import { parseCsv } from '../csv.ts';
import type { Budget } from './budget.ts';
import { at, isMap, listAt, mapAt, scalarText, textAt } from './content.ts';
import type { DraftInput } from './draft.ts';
import { dataName, literal, plainName, unusedName } from './literal.ts';
import type { Notes } from './notes.ts';
import { isSecretName, isSecretValue, type Secrets, secretKind } from './secrets.ts';
import type { WrittenData } from './written.ts';

const maxValues = 200;

interface DataContext {
  readonly budget: Budget;
  readonly notes: Notes;
  readonly secrets: Secrets;
  readonly readBeside: DraftInput['readBeside'];
}

interface DraftedData {
  readonly data: readonly WrittenData[];
  /** What the draft calls each name of the file. */
  readonly names: ReadonlyMap<string, string>;
}

/** `config.variables` and `config.payload`. */
export function dataOf(config: unknown, context: DataContext): DraftedData {
  const data: WrittenData[] = [];
  const names = new Map<string, string>();
  const newName = (text: string) => unusedName(dataName(text), (each) => data.some(({ as }) => as === each));
  for (const [name, written] of Object.entries(mapAt(config, 'variables') ?? {})) {
    const place = `config.variables.${plainName(name)}`;
    const values = (Array.isArray(written) ? written : [written]).slice(0, maxValues).map(scalarText);
    if (values.length === 0 || !values.every((value) => value !== undefined)) {
      context.notes.leaveOut(place, 'its values are not plain texts');
      continue;
    }
    const as = newName(name);
    const source = { as, values: values.map((value) => variableValue(name, value, context.secrets)) };
    const problem = context.budget.refuse(source, 0);
    if (problem !== undefined) {
      context.notes.leaveOut(place, problem);
      continue;
    }
    data.push(source);
    names.set(name, as);
  }
  const payloads = at(config, 'payload');
  for (const [index, payload] of (Array.isArray(payloads) ? payloads : [payloads]).entries()) {
    if (!isMap(payload)) continue;
    const place = Array.isArray(payloads) ? `config.payload[${index}]` : 'config.payload';
    const path = textAt(payload, 'path') ?? '';
    const fields = listAt(payload, 'fields').filter(
      (field): field is string => typeof field === 'string' && field !== '',
    );
    const as = newName(
      textAt(payload, 'name') ??
        path
          .split('/')
          .at(-1)
          ?.replace(/\.[^.]*$/, '') ??
        'payload',
    );
    const header = headerOf(payload, path, fields, context);
    if ('problem' in header) {
      context.notes.leaveOut(place, header.problem);
      if (fields.length === 0) continue;
      const row = Object.fromEntries(fields.map((field, column) => [fieldName(field, column), 'change-me']));
      context.notes.remark(`${place}: every value of data "${as}" is change-me until you replace its values by a path`);
      data.push({ as, values: [row] });
      for (const [column, field] of fields.entries()) names.set(field, `${as}.${fieldName(field, column)}`);
      continue;
    }
    data.push({
      as,
      path: literal(header.path),
      ...(textAt(payload, 'order') === 'sequence' && { order: 'sequence' }),
    });
    for (const [column, field] of fields.entries()) names.set(field, `${as}.${header.columns[column]}`);
  }
  return { data, names };
}

function fieldName(field: string, column: number): string {
  return /^[\w-]+$/.test(field) && field !== '__proto__' ? field : `field${column + 1}`;
}

function variableValue(name: string, value: string, secrets: Secrets): string {
  if (!isSecretName(name) && !isSecretValue(value)) return literal(value.replaceAll('\0', ''));
  return secrets.standIn(secretKind(name), `config.variables.${plainName(name)}`, `${name}=${value}`);
}

/** The columns of the file's header line: without one, our reader would take the first row for it. */
function headerOf(
  payload: unknown,
  path: string,
  fields: readonly string[],
  { readBeside }: DataContext,
): { readonly columns: readonly string[]; readonly path: string } | { readonly problem: string } {
  const shown = plainName(path);
  const delimiter = textAt(payload, 'delimiter') ?? ',';
  if (/^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)|\$\{|\{\{|\0/.test(path) || path === '') {
    return { problem: `its file ${shown} does not stand beside or below the Artillery file` };
  }
  if (!/\.csv$/i.test(path)) return { problem: `its file ${shown} is no .csv` };
  if (delimiter !== ',') return { problem: `the values of ${shown} are not separated by commas` };
  const file = readBeside(path);
  if (file === undefined) return { problem: `its file ${shown} cannot be read` };
  const csv = parseCsv(file.text);
  if ('error' in csv) return { problem: `${shown}: ${csv.error}` };
  const columns = csv.records[0]?.fields ?? [];
  const isHeader = at(payload, 'skipHeader') === true || fields.every((field, index) => field === columns[index]);
  const isUsable =
    new Set(columns).size === columns.length && columns.every((column) => /^[A-Za-z_][\w-]*$/.test(column));
  if (fields.length === 0 || !isHeader || !isUsable || columns.length < fields.length) {
    return { problem: `${shown} wants a header line first: ${plainName(fields.join(','))}` };
  }
  if (csv.records.length < 2) return { problem: `${shown} has no rows` };
  if (csv.records.some((record) => record.fields.length !== columns.length))
    return { problem: `${shown} has ragged rows` };
  return { columns, path: file.path };
}
