import { Failure } from '../../model/failure.ts';
import { at, type Content, isMap, textAt } from './content.ts';
import { plainName } from './literal.ts';

/** Follows `$ref` within one document. */
export interface References {
  /**
   * What `node` is, or refers to.
   *
   * `undefined` where that is no map or stands in another document, which is not read. Throws `draft-unreadable` for a
   * reference within the document that leads nowhere, or in a circle.
   */
  follow(node: unknown): Content | undefined;
}

const maxSteps = 50;

export function createReferences(document: unknown, file: string): References {
  const broken = (ref: string, how: string) =>
    new Failure('draft-unreadable', { path: file, reason: `the $ref "${plainName(ref)}" ${how}` });
  return {
    follow(node) {
      let value = node;
      let first: string | undefined;
      for (let step = 0; step < maxSteps; step++) {
        const ref = textAt(value, '$ref');
        if (ref === undefined) return isMap(value) ? value : undefined;
        first ??= ref;
        if (!ref.startsWith('#')) return undefined;
        value = at(document, ...pointerKeys(ref));
        if (value === undefined) throw broken(ref, 'leads nowhere');
      }
      throw broken(first ?? '', 'leads in a circle');
    },
  };
}

/** The keys of a JSON pointer in a fragment. Format: RFC 6901, sections 4 and 6. */
function pointerKeys(ref: string): readonly string[] {
  return ref
    .slice(1)
    .split('/')
    .slice(1)
    .map((key) => decoded(key).replaceAll('~1', '/').replaceAll('~0', '~'));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
