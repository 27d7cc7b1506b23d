import { visibleText } from '../untrusted-text.ts';

/** Characters that XML 1.0 cannot hold, not even escaped, beyond those that {@link visibleText} shows already. */
const forbidden = /[\ufffe\uffff]/g;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\n': '&#10;',
  '\t': '&#9;',
};

/**
 * Text from anywhere for the content of an element: nothing in it is markup or a control character.
 *
 * Source: https://www.w3.org/TR/xml/#charsets
 */
export function xmlText(text: string): string {
  return visibleText(text)
    .replace(forbidden, '')
    .replace(/[&<>]/g, (character) => entities[character] ?? '');
}

/** The same for the value of an attribute; parsers would make its line breaks spaces. */
export function xmlAttributes(values: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(values)
    .flatMap(([name, value]) => (value === undefined ? [] : [` ${name}="${attribute(String(value))}"`]))
    .join('');
}

const attribute = (text: string) =>
  visibleText(text)
    .replace(forbidden, '')
    .replace(/[&<>"'\n\t]/g, (character) => entities[character] ?? '');
