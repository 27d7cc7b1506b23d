const longest = 90;

/** Select lists up to this length stay: they tell more than the ellipsis. */
const shortList = 24;

/** A normalised statement on one line for a sentence: a long select list is an ellipsis, and so is what is past 90 characters. */
export function shortStatement(normalized: string): string {
  const text = normalized.replace(/\s+/g, ' ').trim();
  const select = /^select (?:distinct )?/i.exec(text)?.[0] ?? '';
  const from = select === '' ? -1 : outerFrom(text);
  const short = from - select.length > shortList ? `${select}… ${text.slice(from)}` : text;
  return short.length <= longest
    ? short
    : `${short
        .slice(0, longest - 1)
        .replace(/[\uD800-\uDBFF]$/, '')
        .trimEnd()}…`;
}

/** Where the FROM of the outermost SELECT begins; −1 without one. */
function outerFrom(text: string): number {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"]|"")*"|[()]|\bfrom\b/gi)) {
    if (token === '(') depth++;
    else if (token === ')') depth--;
    else if (depth === 0 && !token.startsWith('"')) return index;
  }
  return -1;
}
