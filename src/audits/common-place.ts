import type { CodePlace, RepeatedStatement } from '../model/queries.ts';

/**
 * The line from which all of these executions were sent; nothing where two lines send them, or none is known.
 *
 * Given as a part of evidence: `{ ...commonPlace(occurrences) }`.
 */
export function commonPlace(occurrences: readonly Pick<RepeatedStatement, 'executions'>[]): {
  readonly place?: CodePlace;
} {
  const places = occurrences.flatMap(({ executions }) => executions.flatMap(({ place }) => place ?? []));
  const [place] = places;
  if (!place || places.some(({ file, line }) => file !== place.file || line !== place.line)) return {};
  return { place };
}
