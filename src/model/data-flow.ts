import { type Execution, valuesOf } from './queries.ts';
import { valueHash } from './value-hash.ts';

/** Type oids of dates and times, which services write in another form than they come. */
const momentTypes: readonly number[] = [1082, 1114, 1184];

/**
 * Whether a statement may have needed the rows of an earlier one: a value that it was run with stands in them.
 *
 * Doubt counts as need: for a value that was known before (an id from the path, which the row repeats: the row may
 * decide whether to go on), for rows whose values were not kept, and for dates, which rarely keep their form.
 */
export function needsRowsOf(later: Execution, earlier: Execution): boolean {
  const values = valuesOf(later).filter((value) => value !== null);
  if (values.length === 0 || earlier.rows === 0) return false;
  if (earlier.rows > Math.max(0, ...earlier.columns.map(({ valueHashes }) => valueHashes.length))) return true;
  const held = new Set(earlier.columns.flatMap(({ valueHashes }) => valueHashes));
  const hasMoments = earlier.columns.some(({ typeOid }) => momentTypes.includes(typeOid));
  return values.some(
    (value) =>
      partsOf(value).some((part) => held.has(valueHash(part))) || (hasMoments && /^\d{4}-\d\d-\d\d/.test(value)),
  );
}

/** A value and, of arrays, lists and patterns, what it is put together from. */
function partsOf(value: string): readonly string[] {
  const parts = value.split(/[^\p{L}\p{N}_.@-]+/u).filter((part) => part !== '');
  return parts.length === 1 && parts[0] === value ? [value] : [value, ...parts];
}
