import { literal, plainName } from './literal.ts';

/** What `{{ name }}` of an Artillery file is called in the draft, by its name there. */
export type KnownNames = ReadonlyMap<string, string>;

export type Translated = { readonly text: string } | { readonly problem: string };

const placeholder = /\{\{([^{}]*)\}\}/;

export function hasTemplate(text: string): boolean {
  return placeholder.test(text);
}

/** `text` without its placeholders: what the author wrote out. */
export function withoutTemplates(text: string): string {
  return text.replace(new RegExp(placeholder, 'g'), '');
}

/**
 * `text` with its placeholders as the draft has them; `encode` is applied to what stands between them.
 *
 * A problem where a placeholder is a function of Artillery's, or nothing in the draft supplies it.
 */
export function translated(text: string, known: KnownNames, encode = (part: string) => part): Translated {
  const parts = text.split(placeholder);
  const written: string[] = [];
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 0) {
      const encoded = encode(part);
      if (encoded.includes('{{') || encoded.includes('\0')) return { problem: 'it holds {{ that ends nowhere' };
      written.push(encoded);
      continue;
    }
    const name = part.trim();
    const ours = known.get(name);
    if (ours === undefined) {
      const why = /^\$|[()]/.test(name) ? 'which only Artillery fills in' : 'which nothing in the draft defines';
      return { problem: `it uses {{ ${plainName(name)} }}, ${why}` };
    }
    written.push(`{{ ${ours} }}`);
  }
  // On the whole text, since `$` and a placeholder make a variable together.
  return { text: literal(written.join('')) };
}
