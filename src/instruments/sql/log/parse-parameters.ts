/** Bound values as text, `null` for NULL, and the indices of those that end in three dots. */
interface LoggedParameters {
  readonly values: readonly (string | null)[];
  /** The server writes three dots where it cuts a value (`log_parameter_max_length`); a value may end so by itself. */
  readonly cut: readonly number[];
}

/**
 * Reads `Parameters: $1 = 'it''s, ok', $2 = NULL` (`parameters:` up to PostgreSQL 15), and the same in an error's
 * context; `undefined` where the text holds no such list.
 *
 * A list that ends too early gives the values before that; its last one counts as cut.
 * The text is that of `BuildParamLogString`:
 * https://github.com/postgres/postgres/blob/master/src/backend/nodes/params.c
 */
export function parseParameters(text: string): LoggedParameters | undefined {
  const begin = beginOfParameters(text);
  if (begin === undefined) return undefined;
  const values: (string | null)[] = [];
  const cut: number[] = [];
  let at = begin;
  for (let number = 1; text.startsWith(`$${number} = `, at); number++) {
    at += `$${number} = `.length;
    if (text.startsWith('NULL', at)) {
      values.push(null);
      at += 4;
    } else {
      const end = closingQuote(text, at);
      const value = text.slice(at + 1, end < 0 ? text.length : end).replaceAll("''", "'");
      if (end < 0 || value.endsWith('...')) cut.push(values.length);
      values.push(value);
      if (end < 0) break;
      at = end + 1;
    }
    if (!text.startsWith(', ', at)) break;
    at += 2;
  }
  return { values, cut };
}

/** Where the list of values begins in `text`: behind `Parameters: ` in any language. */
export function beginOfParameters(text: string): number | undefined {
  const begin = text.indexOf('$1 = ');
  if (begin < 2 || begin > 200) return undefined;
  if (!text.startsWith("'", begin + 5) && !text.startsWith('NULL', begin + 5)) return undefined;
  return text.startsWith(': ', begin - 2) || text.startsWith(': « ', begin - 4) ? begin : undefined;
}

/** The place of the quote that ends the string which begins at `open`; −1 where there is none. */
function closingQuote(text: string, open: number): number {
  for (let at = text.indexOf("'", open + 1); at >= 0; at = text.indexOf("'", at + 2)) {
    if (text[at + 1] !== "'") return at;
  }
  return -1;
}
