/** The records of a CSV text, or why it is none. */
export type CsvResult = { readonly records: readonly CsvRecord[] } | { readonly error: string };

export interface CsvRecord {
  /** Where it begins, counted from 1: a quoted field may hold line ends. */
  readonly line: number;
  readonly fields: readonly string[];
}

interface CsvField {
  readonly value: string;
  readonly end: number;
}

/**
 * Splits comma-separated values with quoting; blank lines are passed over.
 *
 * Lines end in LF or CRLF. Format: RFC 4180, https://www.rfc-editor.org/rfc/rfc4180
 */
export function parseCsv(text: string): CsvResult {
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let line = 1;
  let startLine = 1;
  let at = 0;
  while (at < text.length || fields.length > 0) {
    const quoted = text[at] === '"';
    const field = quoted ? quotedField(text, at) : bareField(text, at);
    if (!field) return { error: `the quote that begins in line ${line} is not closed` };
    fields.push(field.value);
    if (quoted) line += field.value.split('\n').length - 1;
    at = field.end;
    if (text[at] === ',') {
      at += 1;
      continue;
    }
    const end = lineEnd(text, at);
    if (end === undefined) return { error: `line ${line} has text between a closing quote and the next comma` };
    const blank = fields.length === 1 && !quoted && field.value === '';
    if (!blank) records.push({ line: startLine, fields });
    fields = [];
    at = end;
    line += 1;
    startLine = line;
  }
  return { records };
}

function quotedField(text: string, at: number): CsvField | undefined {
  let value = '';
  let from = at + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return undefined;
    if (text[quote + 1] !== '"') return { value: value + text.slice(from, quote), end: quote + 1 };
    value += text.slice(from, quote + 1);
    from = quote + 2;
  }
}

const fieldEnd = /,|\r?\n|$/g;

function bareField(text: string, at: number): CsvField {
  fieldEnd.lastIndex = at;
  const end = fieldEnd.exec(text)?.index ?? text.length;
  return { value: text.slice(at, end), end };
}

/** Where the next line begins; `undefined` where the current one goes on. */
function lineEnd(text: string, at: number): number | undefined {
  if (at >= text.length) return text.length;
  if (text[at] === '\n') return at + 1;
  return text.startsWith('\r\n', at) ? at + 2 : undefined;
}
