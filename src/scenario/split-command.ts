/**
 * The words of a command line by the quoting rules of a shell, without anything else that a shell does.
 *
 * Single quotes keep everything; double quotes keep all but `\"` and `\\`; outside of quotes a backslash takes the
 * next character as it is. Returns the reason where a quote or the last escape is left open.
 * Rules: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02
 */
export function splitCommand(line: string): readonly string[] | { readonly error: string } {
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let index = 0; index < line.length; index++) {
    const char = line.charAt(index);
    const next = line.charAt(index + 1);
    if (quote === "'" || (quote === '"' && char !== '\\')) {
      if (char === quote) quote = undefined;
      else word = (word ?? '') + char;
    } else if (char === '\\') {
      if (next === '') return { error: 'it ends in a backslash that escapes nothing' };
      const escapes = quote === undefined || next === '"' || next === '\\';
      word = (word ?? '') + (escapes ? next : char + next);
      index++;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote) return { error: `the quote ${quote} is not closed` };
  return word === undefined ? words : [...words, word];
}
