import { compileLinePrefix } from './line-prefix.ts';
import type { LogSession } from './log-entry.ts';
import { fieldOfWord, isFieldWord } from './log-words.ts';
import { createPrefixReader } from './prefix-reader.ts';

/** The beginning of a line that begins a field: who wrote it, which field it is, and where the text starts. */
interface StderrHead {
  who: LogSession;
  /** NaN where the prefix has no time. */
  timestamp: number;
  field: ReturnType<typeof fieldOfWord>;
  length: number;
}

/** A prefix is not longer than this; what looks like a head further on is text. */
const maxPrefix = 400;

const space = 0x20;

/**
 * A reader of the heads of lines; `undefined` for lines that begin no field. It gives the same object each time, since a
 * large log has millions of them.
 *
 * @param linePrefix - the server's `log_line_prefix`, where it is known; without it any prefix is understood that ends
 * in something other than a letter or digit
 */
export function createHeadReader(linePrefix: string | undefined): (text: string) => Readonly<StderrHead> | undefined {
  const readPrefix = linePrefix === undefined ? createPrefixReader() : compileLinePrefix(linePrefix);
  // Behind `%m %p` the word begins where the process id ends.
  const mayEndInWord = linePrefix !== undefined && /[\w%]$/.test(linePrefix);
  const head: StderrHead = { who: { session: '' }, timestamp: Number.NaN, field: undefined, length: 0 };
  const place: WordPlace = { begin: 0, end: 0, colon: 0 };
  return (text) => {
    if (!findWord(text, mayEndInWord, place)) return undefined;
    const origin = readPrefix(text, place.begin);
    if (!origin) return undefined;
    head.who = origin.who;
    head.timestamp = origin.timestamp;
    head.field = isPlainLog(text, place) ? 'log' : fieldOfWord(text.slice(place.begin, place.end));
    head.length = place.colon + (text.charCodeAt(place.colon + 2) === space ? 3 : 2);
    return head;
  };
}

/** Whether a line begins a field, whatever its prefix. */
export function isStderrHead(text: string): boolean {
  return findWord(text, false, { begin: 0, end: 0, colon: 0 });
}

interface WordPlace {
  begin: number;
  end: number;
  colon: number;
}

/** Finds the first word of a field with its colon: `prefix LOG:  text`; fr writes `INSTRUCTION :  `. */
function findWord(text: string, mayFollowWord: boolean, place: WordPlace): boolean {
  for (let colon = text.indexOf(':'); colon >= 0 && colon < maxPrefix - 1; colon = text.indexOf(':', colon + 1)) {
    if (text.charCodeAt(colon + 1) !== space) continue;
    const end = text.charCodeAt(colon - 1) === space ? colon - 1 : colon;
    let begin = end;
    while (begin > 0 && isWordUnit(text.charCodeAt(begin - 1))) begin--;
    while (mayFollowWord && begin < end && !isFieldWord(text.slice(begin, end))) begin++;
    if (begin === end) continue;
    place.begin = begin;
    place.end = end;
    place.colon = colon;
    if (isPlainLog(text, place) || isFieldWord(text.slice(begin, end))) return true;
  }
  return false;
}

/** Most lines: known without a look-up. */
function isPlainLog(text: string, { begin, end }: WordPlace): boolean {
  return (
    end - begin === 3 &&
    text.charCodeAt(begin) === 0x4c &&
    text.charCodeAt(begin + 1) === 0x4f &&
    text.charCodeAt(begin + 2) === 0x47
  );
}

/** Letters and digits, and what may stand around a name: a word behind a quote is no field's. */
function isWordUnit(unit: number): boolean {
  if (unit > 0x7f) return /[\p{L}\p{N}]/u.test(String.fromCharCode(unit));
  const lower = unit | 0x20;
  if (lower >= 0x61 && lower <= 0x7a) return true;
  return (unit >= 0x30 && unit <= 0x39) || unit === 0x5f || unit === 0x27 || unit === 0x22;
}
