import { type Execution, type Statement, valuesOf } from './queries.ts';
import { valueHash } from './value-hash.ts';
import { isOffset, isRangeBound } from './value-positions.ts';

/**
 * Whether the executions read one list page by page: by an OFFSET that grows in equal steps, or by a bound
 * (`id > $1`) that moves on.
 *
 * @param varying - positions of the values that differ; where others than those of the page do, it is no plain list
 */
export function readsPages(
  { normalized }: Statement,
  executions: readonly Execution[],
  varying: readonly number[],
): boolean {
  if (varying.length === 0) return false;
  const ordered = [...executions].sort((a, b) => a.startMs - b.startMs);
  if (varying.every((position) => isOffset(normalized, position))) {
    return varying.every((position) => growsInSteps(ordered.map((execution) => valuesOf(execution)[position] ?? '')));
  }
  if (!varying.every((position) => isRangeBound(normalized, position))) return false;
  return (
    varying.every((position) => continuesLastRow(ordered, position)) || turnsFullPages(normalized, ordered, varying)
  );
}

/** Whatever the order in which they were sent: pages may be read several at once. */
function growsInSteps(values: readonly string[]): boolean {
  const offsets = values.map((value) => (value === '' ? Number.NaN : Number(value))).sort((a, b) => a - b);
  const steps = offsets.slice(1).map((offset, index) => offset - (offsets[index] ?? 0));
  return steps.every((step) => step > 0 && step === steps[0]);
}

/** Each bound stood in the last row of the page before. */
function continuesLastRow(ordered: readonly Execution[], position: number): boolean {
  return ordered.slice(1).every((execution, index) => {
    const value = valuesOf(execution)[position] ?? null;
    if (value === null) return false;
    const hash = valueHash(value);
    return ordered[index]?.columns.some(({ valueHashes }) => valueHashes.at(-1) === hash) ?? false;
  });
}

/** For bounds in another form than they came (dates): they move one way, and every page but the last is full. */
function turnsFullPages(normalized: string, ordered: readonly Execution[], varying: readonly number[]): boolean {
  if (!/\b(?:limit|fetch)\b/i.test(normalized)) return false;
  const full = ordered[0]?.rows ?? 0;
  const pages = ordered.slice(0, -1);
  if (full < 2 || pages.some(({ rows }) => rows !== full) || (ordered.at(-1)?.rows ?? 0) > full) return false;
  return varying.some((position) => movesOneWay(ordered.map((execution) => valuesOf(execution)[position] ?? '')));
}

function movesOneWay(values: readonly string[]): boolean {
  const numeric = values.every((value) => value !== '' && Number.isFinite(Number(value)));
  const compared = values.slice(1).map((value, index) => {
    const before = values[index] ?? '';
    return numeric ? Number(value) - Number(before) : value < before ? -1 : value > before ? 1 : 0;
  });
  return compared.every((difference) => difference > 0) || compared.every((difference) => difference < 0);
}
