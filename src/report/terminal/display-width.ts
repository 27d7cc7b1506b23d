/**
 * Ranges of code points that take two columns of a terminal.
 *
 * Source: Unicode 16, EastAsianWidth.txt (W and F), with emoji presentation from emoji-data.txt; gaps of
 * unassigned code points inside a block are counted as wide.
 */
const wideRanges: readonly (readonly [from: number, to: number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2329, 0x232a],
  [0x23e9, 0x23ec],
  [0x2614, 0x2615],
  [0x26a1, 0x26a1],
  [0x2705, 0x2705],
  [0x274c, 0x274c],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2ff],
  [0x1f004, 0x1f004],
  [0x1f0cf, 0x1f0cf],
  [0x1f18e, 0x1f19a],
  [0x1f1e6, 0x1f265],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f7e0, 0x1f7eb],
  [0x1f900, 0x1faff],
  [0x20000, 0x3fffd],
];

const combining = /^\p{M}$/u;

function characterWidth(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (combining.test(character)) return 0;
  return wideRanges.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}

/** Columns that `text` takes in a terminal; it must hold no control characters and no colours. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** The longest start of `text` within `width` columns. */
function startWithin(text: string, width: number): string {
  let used = 0;
  let kept = '';
  for (const character of text) {
    used += characterWidth(character);
    if (used > width) break;
    kept += character;
  }
  return kept;
}

/** `text` within `width` columns; what does not fit is an ellipsis at the end. */
export function fitEnd(text: string, width: number): string {
  return displayWidth(text) <= width ? text : `${startWithin(text, width - 1)}…`;
}

/** `text` within `width` columns; what does not fit is an ellipsis in the middle, since names differ at their ends. */
export function fitMiddle(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  const tailWidth = Math.floor((width - 1) / 2);
  const tail = [...startWithin([...text].reverse().join(''), tailWidth)].reverse().join('');
  return `${startWithin(text, width - 1 - displayWidth(tail))}…${tail}`;
}

/** An endpoint within `width` columns: its parameters go first, then its middle segments, then its middle. */
export function fitEndpoint(endpoint: string, width: number): string {
  const fits = (text: string) => displayWidth(text) <= width;
  if (fits(endpoint)) return endpoint;
  const short = endpoint.replace(/(?<=\/):[^/]+/g, '…');
  if (fits(short)) return short;
  const segments = short.split('/');
  for (let removed = 1; removed < segments.length - 2; removed++) {
    const candidate = [...segments.slice(0, 2), '…', ...segments.slice(2 + removed)].join('/').replace('…/…', '…');
    if (fits(candidate)) return candidate;
  }
  return fitMiddle(short, width);
}

/** A space at which a line may end: not the one between a number and its unit. */
const wordGap = / (?!(?:%|[µmk]?s|[kMG]?B|min)(?![\w/]))/;

/** `text` in lines of at most `width` columns, broken at spaces; from `maxLines` on an ellipsis stands for the rest. */
export function wrapText(text: string, width: number, maxLines = Number.POSITIVE_INFINITY): readonly string[] {
  const lines: string[] = [];
  let line = '';
  const words = text.split(wordGap).filter(Boolean);
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (displayWidth(joined) <= width) {
      line = joined;
    } else if (line === '') {
      line = startWithin(word, Math.max(width, 2));
      words.unshift(word.slice(line.length));
      lines.push(line);
      line = '';
    } else {
      lines.push(line);
      line = '';
      words.unshift(word);
    }
    if (lines.length >= maxLines && words.length > 0) {
      const last = lines[maxLines - 1] ?? '';
      return [...lines.slice(0, maxLines - 1), displayWidth(last) < width ? `${last}…` : fitEnd(`${last} `, width)];
    }
  }
  return line === '' ? lines : [...lines, line];
}
