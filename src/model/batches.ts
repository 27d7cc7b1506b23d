import { type Execution, type Statement, valuesOf } from './queries.ts';
import { listPositions, valueCount, writtenRows } from './value-positions.ts';

/**
 * Whether the executions are the parts of one large batch: lists of several values (`IN`, `= ANY`, an unpacked array)
 * that differ from part to part.
 *
 * A list that stays the same beside a key that differs is a condition like any other; so is a list of one.
 */
export function readsBatches(
  { normalized }: Statement,
  executions: readonly Execution[],
  varying: readonly number[],
): boolean {
  const lists = listPositions(normalized);
  if (lists.length === 0) return false;
  // One text was kept of lists of several lengths: what stands behind it belongs to a list.
  const count = valueCount(normalized);
  if (varying.some((position) => position >= count)) return true;
  return lists.some((list) => {
    const within = list.filter((position) => varying.includes(position));
    if (within.length > 1) return true;
    const [position] = within;
    return position !== undefined && executions.some((execution) => holdsSeveral(valuesOf(execution)[position]));
  });
}

/** The same of writes: `VALUES (…), (…)`, or rows that are unpacked from arrays. */
export function writesBatches(
  statement: Statement,
  executions: readonly Execution[],
  varying: readonly number[],
): boolean {
  const { kind, normalized } = statement;
  if (readsBatches(statement, executions, varying)) return true;
  if (kind !== 'insert') return false;
  const count = valueCount(normalized);
  return (
    writtenRows(normalized) > 1 ||
    executions.some((execution) => valuesOf(execution).length > count) ||
    (writtenRows(normalized) === 1 && executions.some(({ rows }) => rows > 1))
  );
}

/** An array or a JSON list of more than one value, as text. */
function holdsSeveral(value: string | null | undefined): boolean {
  return /^\{.*,.*\}$|^\[.*,.*\]$/s.test(value ?? '');
}
