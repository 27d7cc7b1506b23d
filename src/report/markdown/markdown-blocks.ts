import { clipText } from '../untrusted-text.ts';
import { cellCode, escapeMarkdown, inlineCode } from './escape-markdown.ts';

/** A sentence or a name of the service, clipped and escaped. */
export const prose = (text: string, limit = 600) => escapeMarkdown(clipText(text, limit));
/** A name of the service for the cell of a table. */
export const cell = (text: string) => cellCode(clipText(text, 200));
export const code = (text: string) => inlineCode(clipText(text, 200));

export const tableRow = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

/** A comment on GitHub holds 65,536 characters; these parts, together with the few lines around them, keep below. */
export const mostBytes = { table: 10_000, rules: 5_000, causes: 5_000, findings: 26_000, footer: 6_000 } as const;

/** As many of the blocks as fit, and a last one for the rest. */
export function withinBytes(
  blocks: readonly string[],
  most: number,
  rest: (hidden: number) => string,
): readonly string[] {
  let left = most;
  const kept = blocks.filter((block) => {
    left -= Buffer.byteLength(block);
    return left >= 0;
  });
  return kept.length === blocks.length ? kept : [...kept, rest(blocks.length - kept.length)];
}
