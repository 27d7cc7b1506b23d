import { type Execution, type TracedRequest, valuesOf } from './queries.ts';
import { valueHash } from './value-hash.ts';

/** Type oids of dates and times, which services write in another form than they come. */
const momentTypes: readonly number[] = [1082, 1114, 1184];

/**
 * Whether a statement may have needed the rows of an earlier one: a value that it was run with stands in them, and
 * was not known from the request's path and query already.
 *
 * Doubt counts as need: for rows whose values were not kept, and for dates, which rarely keep their form.
 */
export function needsRowsOf(later: Execution, earlier: Execution, { url }: TracedRequest): boolean {
  const known = knownFromUrl(url);
  const unknown = valuesOf(later).filter((value): value is string => value !== null && !known.has(value));
  if (unknown.length === 0) return false;
  const unseen = earlier.rows > Math.max(0, ...earlier.columns.map(({ valueHashes }) => valueHashes.length));
  if (unseen && earlier.rows > 0) return true;
  const held = new Set(earlier.columns.flatMap(({ valueHashes }) => valueHashes));
  const hasMoments = earlier.rows > 0 && earlier.columns.some(({ typeOid }) => momentTypes.includes(typeOid));
  return unknown.some(
    (value) =>
      partsOf(value).some((part) => held.has(valueHash(part))) || (hasMoments && /^\d{4}-\d\d-\d\d/.test(value)),
  );
}

/** Path segments and values of the query: whatever stands in them was known before the first statement. */
function knownFromUrl(url: string): ReadonlySet<string> {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const segments = pathname.split('/').filter((segment) => segment !== '');
  return new Set([...segments.map(decoded), ...searchParams.values()]);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** A value and, of arrays, lists and patterns, what it is put together from. */
function partsOf(value: string): readonly string[] {
  const parts = value.split(/[^\p{L}\p{N}_.@-]+/u).filter((part) => part !== '');
  return parts.length === 1 && parts[0] === value ? [value] : [value, ...parts];
}
