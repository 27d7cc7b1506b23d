/**
 * `text` as a value that stands for itself: what looks like a variable of the environment is escaped.
 *
 * `{{ name }}` has no escape: see {@link hasPlaceholder}.
 */
export function literal(text: string): string {
  // As a text, the replacement would be a pattern in which $$ is one dollar.
  return text.replaceAll('${', () => '$${');
}

/** Whether `text` holds what the loader would take for data, or a character that no scenario may hold. */
export function hasPlaceholder(text: string): boolean {
  return text.includes('{{') || text.includes('\0');
}

/** Path and query, fit for a request line: what is no character of one is percent-encoded, braces among it. */
export function urlLiteral(text: string): string {
  return text.replace(/[^\x21-\x7e]+|[#{}"<>\\^`|]/g, percentEncoded);
}

/** One value within a path or a query. */
export function componentLiteral(text: string): string {
  return text.replace(/[^A-Za-z0-9._~-]+/g, percentEncoded);
}

function percentEncoded(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return Array.from(bytes, (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

/** `text` as a name that is shown and not sent: on one line, and without anything that would be filled in. */
export function plainName(text: string): string {
  const visible = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return literal(visible.replace(/\{{2,}/g, '{').replace(/\}{2,}/g, '}')).slice(0, 200);
}

/** A name for a file: letters, digits and hyphens. */
export function slug(text: string): string {
  const words =
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.join('-').slice(0, 60).replace(/-$/, '') || 'scenario';
}

/** A name that `{{ name }}` reaches, made of `text`. */
export function dataName(text: string): string {
  const name = text
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .replace(/^[^A-Za-z_]+/, '')
    .slice(0, 60);
  return name === '' || name === '_' ? 'value' : name;
}

/** `name`, or the first of `name2`, `name3`, … that is not taken. */
export function unusedName(name: string, isTaken: (name: string) => boolean): string {
  if (!isTaken(name)) return name;
  let number = 2;
  while (isTaken(`${name}${number}`)) number++;
  return `${name}${number}`;
}
