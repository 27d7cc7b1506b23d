import { oneLine, visibleText } from '../untrusted-text.ts';

/** An invisible character that keeps a forge from seeing a mention, an issue or a link where one is spelled. */
const breaker = '\u200b';

/**
 * Text from the service for the prose of a comment: one line, with nothing that is markup, HTML, a mention or a link.
 *
 * Source: https://github.github.com/gfm/ (backslash escapes, raw HTML, extended autolinks)
 */
export function escapeMarkdown(text: string): string {
  return oneLine(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]|~!$^=]/g, '\\$&')
    .replace(/^([#+-])/, '\\$1')
    .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2')
    .replace(/@/g, `@${breaker}`)
    .replace(/#(?=\w)/g, `#${breaker}`)
    .replace(/\b(GH-)(?=\d)/gi, `$1${breaker}`)
    .replace(/:\/\//g, `:${breaker}//`)
    .replace(/\b(www)\./gi, `$1${breaker}.`)
    .replace(/\b([\da-f]{6})(?=[\da-f]+\b)/gi, `$1${breaker}`);
}

/** Text as code within a line, by a fence longer than any in the text. */
export function inlineCode(text: string): string {
  const line = oneLine(text) || ' ';
  const fence = '`'.repeat(longestRun(line) + 1);
  const padding = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${padding}${line}${padding}${fence}`;
}

/** {@link inlineCode} for the cell of a table, which pipes would end even within code. */
export function cellCode(text: string): string {
  return inlineCode(text).replace(/\|/g, '\\|');
}

/** Text as a block of code. */
export function codeBlock(text: string, language: string): string {
  const shown = visibleText(text);
  const fence = '`'.repeat(Math.max(longestRun(shown) + 1, 3));
  return `${fence}${language}\n${shown}\n${fence}`;
}

const longestRun = (text: string) => Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
