import { formatCount } from './format.ts';

const escapeByte = String.fromCharCode(0x1b);
const bell = String.fromCharCode(0x07);

/**
 * Whole control sequences of a terminal: CSI, the string sequences (OSC, DCS, …) with their terminator, and two-byte ones.
 *
 * Source: ECMA-48, 5th edition, sections 5.3 to 5.6
 */
const terminalSequence = new RegExp(
  [
    `${escapeByte}\\[[0-?]*[ -/]*[@-~]`,
    `${escapeByte}[\\]PX^_][^${bell}${escapeByte}]*(?:${bell}|${escapeByte}\\\\)`,
    `${escapeByte}[ -/]*[0-Z\\\\^-~]`,
  ].join('|'),
  'g',
);

/** Control and format characters (bidirectional overrides among them), lone surrogates, line and paragraph separators. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Text from the service with nothing in it that acts on a terminal or reorders a line.
 *
 * Newlines and tabs stay; other control sequences are dropped, other invisible characters are shown as `\x07`, `\u{202e}`.
 */
export function visibleText(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(terminalSequence, '')
    .replace(invisible, (character) => {
      if (character === '\n' || character === '\t') return character;
      const code = character.codePointAt(0) ?? 0;
      const hex = code.toString(16);
      return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`;
    });
}

/** {@link visibleText} on a single line: every run of white space is one space. */
export function oneLine(text: string): string {
  return visibleText(text).replace(/\s+/g, ' ').trim();
}

/** At most `limit` UTF-16 units of `text`; what was cut is counted: `… (96,000 more characters)`. */
export function clipText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const kept = text.slice(0, limit).replace(/[\uD800-\uDBFF]$/, '');
  return `${kept}… (${formatCount(text.length - kept.length)} more characters)`;
}
