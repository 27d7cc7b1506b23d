import { compileLinePrefix } from './line-prefix.ts';
import type { LogSession } from './log-entry.ts';
import { isFieldWord } from './log-words.ts';
import { createPrefixReader } from './prefix-reader.ts';

/** The beginning of a line that begins a field: who wrote it, its word (`LOG`, `DETAIL`), and where the text starts. */
interface StderrHead {
  readonly who: LogSession;
  readonly timestamp: number | undefined;
  readonly word: string;
  readonly length: number;
}

/** A prefix is not longer than this; what looks like a head further on is text. */
const maxPrefix = 400;

const space = 0x20;

/**
 * A reader of the heads of lines; `undefined` for lines that begin no field.
 *
 * @param linePrefix - the server's `log_line_prefix`, where it is known; without it any prefix is understood that ends
 * in something other than a letter or digit
 */
export function createHeadReader(linePrefix: string | undefined): (text: string) => StderrHead | undefined {
  const readPrefix = linePrefix === undefined ? createPrefixReader() : compileLinePrefix(linePrefix);
  // Behind `%m %p` the word begins where the process id ends.
  const mayEndInWord = linePrefix !== undefined && /[\w%]$/.test(linePrefix);
  return (text) => {
    const place = findWord(text, mayEndInWord);
    const origin = place && readPrefix(text.slice(0, place.begin));
    return origin && { ...origin, word: place.word, length: place.length };
  };
}

/** Whether a line begins a field, whatever its prefix. */
export function isStderrHead(text: string): boolean {
  return findWord(text, false) !== undefined;
}

/** The first word of a field with its colon: `prefix LOG:  text`; fr writes `INSTRUCTION :  `. */
function findWord(text: string, mayFollowWord: boolean): { begin: number; word: string; length: number } | undefined {
  for (let colon = text.indexOf(':'); colon >= 0 && colon < maxPrefix - 1; colon = text.indexOf(':', colon + 1)) {
    if (text.charCodeAt(colon + 1) !== space) continue;
    const end = text.charCodeAt(colon - 1) === space ? colon - 1 : colon;
    let begin = end;
    while (begin > 0 && isWordUnit(text.charCodeAt(begin - 1))) begin--;
    while (mayFollowWord && begin < end && !isFieldWord(text.slice(begin, end))) begin++;
    if (begin === end) continue;
    const word = text.slice(begin, end);
    if (isFieldWord(word)) return { begin, word, length: colon + (text.charCodeAt(colon + 2) === space ? 3 : 2) };
  }
  return undefined;
}

/** Letters and digits, and what may stand around a name: a word behind a quote is no field's. */
function isWordUnit(unit: number): boolean {
  if (unit > 0x7f) return /[\p{L}\p{N}]/u.test(String.fromCharCode(unit));
  const lower = unit | 0x20;
  if (lower >= 0x61 && lower <= 0x7a) return true;
  return (unit >= 0x30 && unit <= 0x39) || unit === 0x5f || unit === 0x27 || unit === 0x22;
}
