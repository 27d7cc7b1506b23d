import { clipText, visibleText } from '../untrusted-text.ts';

/**
 * HTML that was made by {@link html}; nothing else counts as markup.
 *
 * A class, and not a shape, since a damaged run.json can hold an object of any shape where a text is expected.
 */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** No text of a report needs more; a service can put 100 kB into a label. */
const longestText = 10_000;

export type Content = Markup | string | number | undefined | readonly Content[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** Text for element content and quoted attributes; control characters and bidirectional overrides are made visible. */
function escapeHtml(text: string): string {
  return visibleText(text).replace(/[&<>"'`]/g, (character) => entities[character] ?? '');
}

/** Markup with every value in it clipped and escaped, unless it is markup itself; lists are joined, `undefined` is nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(parts.map((part, index) => (index === 0 ? '' : render(values[index - 1])) + part).join(''));
}

function render(value: Content): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(render).join('');
  return escapeHtml(clipText(String(value), longestText));
}

/** A percentage for attributes and styles, at least 0: `12.35%`; 0 % for what is no number. */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${Math.max(share * 100, 0).toFixed(2)}%` : '0%';
}

/**
 * Data for the report's script, in a block that no browser runs.
 *
 * Without brackets in it no text can end the block or open a comment; to `JSON.parse` the escapes are the same characters.
 */
export function jsonBlock(id: string, data: unknown): Markup {
  return html`<script type="application/json" id="${id}">${new Markup(JSON.stringify(data).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e'))}</script>`;
}
