import { compile, JSONPathError } from 'json-p3';
import { at, isMap, numberAt, textAt } from './content.ts';
import { dataName, hasPlaceholder, literal, unusedName } from './literal.ts';
import type { WrittenCapture, WrittenRequest } from './written.ts';

const maxExpression = 1000;

/**
 * A capture, by the name that it has in the Artillery file; or why it cannot be drafted.
 *
 * There a capture may take the place of data; here it gets another name than the `dataNames`.
 */
export function captureOf(
  written: unknown,
  dataNames: readonly string[],
): { readonly capture: WrittenCapture; readonly name: string } | { readonly problem: string } {
  const name = textAt(written, 'as');
  if (name === undefined || name === '') return { problem: 'it has no name (as)' };
  const as = unusedName(dataName(name), (each) => dataNames.includes(each));
  const json = textAt(written, 'json');
  const header = textAt(written, 'header');
  const regex = textAt(written, 'regexp') ?? textAt(written, 'regex');
  if (hasPlaceholder(json ?? regex ?? '')) return { problem: 'its expression holds {{' };
  if (json !== undefined) {
    return isJsonPath(json)
      ? { capture: { json: literal(json), as }, name }
      : { problem: 'its JSONPath is none of RFC 9535' };
  }
  if (header !== undefined) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(header)) return { problem: 'its header has no valid name' };
    return { capture: { header: header.toLowerCase(), as }, name };
  }
  if (regex === undefined) return { problem: 'it captures neither by json nor by header nor by regexp' };
  const flags = (textAt(written, 'flags') ?? '').replace(/[gy]/g, '');
  const groups = /^[ims]*$/.test(flags) ? groupCount(regex, flags) : undefined;
  const group = numberAt(written, 'group');
  if (groups === undefined || (group ?? 0) > groups)
    return { problem: 'its regular expression or its group is not valid' };
  const capture = { regex: literal(regex), ...(flags !== '' && { flags }), ...(group !== undefined && { group }), as };
  return { capture, name };
}

function isJsonPath(text: string): boolean {
  try {
    compile(text);
    return text.length <= maxExpression;
  } catch (error) {
    if (error instanceof JSONPathError) return false;
    throw error;
  }
}

function groupCount(pattern: string, flags: string): number | undefined {
  if (pattern === '' || pattern.length > maxExpression) return undefined;
  try {
    // Alone first: with an alternative behind it an open bracket might be closed.
    new RegExp(pattern, flags);
    return (new RegExp(`${pattern}|`, flags).exec('')?.length ?? 1) - 1;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The expectations of Artillery's plugin `expect` that a scenario has words for; `leaveOut` is told of the others. */
export function expectOf(written: unknown, leaveOut: (key: string, why: string) => void): WrittenRequest['expect'] {
  const entries = (Array.isArray(written) ? written : [written]).flatMap((each) =>
    isMap(each) ? Object.entries(each) : [],
  );
  let status: number | readonly number[] | undefined;
  const headers: Record<string, string> = {};
  for (const [key, value] of entries) {
    const statuses = (Array.isArray(value) ? value : [value]).map(Number);
    const pair = Array.isArray(value) ? value.map(String) : [];
    const [name = key === 'hasHeader' ? String(value) : '', text = ''] = pair;
    if (
      key === 'statusCode' &&
      statuses.length > 0 &&
      statuses.every((each) => Number.isInteger(each) && each >= 100 && each <= 599)
    ) {
      status = statuses.length === 1 ? statuses[0] : statuses;
    } else if (key === 'contentType' && typeof value === 'string' && !hasPlaceholder(value)) {
      headers['content-type'] = literal(value);
    } else if (
      (key === 'hasHeader' || key === 'headerEquals') &&
      /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) &&
      !hasPlaceholder(text)
    ) {
      headers[name.toLowerCase()] = literal(text);
    } else {
      leaveOut(key, 'this expectation has no counterpart');
    }
  }
  if (status === undefined && Object.keys(headers).length === 0) return undefined;
  return { ...(status !== undefined && { status }), ...(Object.keys(headers).length > 0 && { headers }) };
}

/** Lists of captures, a single one, and none. */
export function capturesIn(request: unknown): readonly unknown[] {
  const written = at(request, 'capture');
  if (written === undefined) return [];
  return Array.isArray(written) ? written : [written];
}
