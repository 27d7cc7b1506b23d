/**
 * Where the values of a statement stand in its text, read from the text without literals: position `n − 1` is `$n`.
 *
 * Literals are gone from that text, so that its words and parentheses are the statement's own.
 */

/** Content of one pair of parentheses, which may hold further pairs. */
const inner = String.raw`\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)`;
const lists = new RegExp(String.raw`\b(?:in|any|all|some|unnest|string_to_array|jsonb?_\w+)\s*${inner}`, 'gi');
const insertedRows = new RegExp(String.raw`\bvalues\s*((?:${inner}\s*,?\s*)+)`, 'i');

/** The positions in each list of values: `IN (…)`, `ANY (…)`, and what is unpacked into rows (`unnest`, JSON). */
export function listPositions(normalized: string): readonly (readonly number[])[] {
  return [...normalized.matchAll(lists)]
    .map(([, content = '']) => positionsIn(content))
    .filter((list) => list.length > 0);
}

/** How many values the text has. */
export function valueCount(normalized: string): number {
  return Math.max(0, ...positionsIn(normalized).map((position) => position + 1));
}

/** Whether the value is how many rows to skip. */
export function isOffset(normalized: string, position: number): boolean {
  return standsAfter(normalized, position, String.raw`\boffset\s*\(?\s*`);
}

/** Whether a column, or a row of columns, is compared with the value by `<` or `>`. */
export function isRangeBound(normalized: string, position: number): boolean {
  return standsAfter(normalized, position, String.raw`[<>]=?\s*(?:(?:row\s*)?\([^()]*)?`);
}

/** Whether the value may bound a part of one large reading: a range, a page. */
export function boundsPart(normalized: string, position: number): boolean {
  const word = String.raw`\b(?:offset|limit|between|and|rows|next|first)\s*\(?\s*`;
  return isRangeBound(normalized, position) || standsAfter(normalized, position, word);
}

/** How many rows an INSERT writes out (`VALUES (…), (…)`); 0 where it takes them from elsewhere. */
export function writtenRows(normalized: string): number {
  const rows = insertedRows.exec(normalized)?.[1] ?? '';
  return [...rows.matchAll(new RegExp(inner, 'g'))].length;
}

function standsAfter(normalized: string, position: number, before: string): boolean {
  return new RegExp(String.raw`${before}\$${position + 1}(?!\d)`, 'i').test(normalized);
}

function positionsIn(text: string): readonly number[] {
  return [...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number) - 1);
}
