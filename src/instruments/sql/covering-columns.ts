import type { SelectStmt } from 'libpg-query';
import { queryLevels, resolveColumn } from './query-level.ts';
import type { TableFacts } from './table-facts.ts';
import { nameParts, nodesOfKind } from './tree-nodes.ts';

/** More columns, or longer values, make the index as large as the table. */
const maxIncluded = 3;
const maxBytes = 32;

/**
 * The columns that an index on `keys` must carry along so that the statement need not read the table; `undefined` where
 * it needs none, too many, long ones or all, or reads the table in several places.
 *
 * @param predicate - what a partial index makes sure of, which need not be read
 */
export function coveringColumns(
  select: SelectStmt,
  tables: readonly TableFacts[],
  table: TableFacts,
  keys: readonly string[],
  predicate = '',
): readonly string[] | undefined {
  const reading = queryLevels(select, tables).filter(({ sources }) => sources.some(({ facts }) => facts === table));
  const [level, another] = reading;
  const source = level?.sources.find(({ facts }) => facts === table);
  if (!level || !source || another) return undefined;
  const needed = new Set<string>();
  // Nested SELECTs may refer to this one's columns, so every reference of the statement is looked at.
  for (const reference of nodesOfKind(select, 'ColumnRef')) {
    const parts = nameParts(reference.fields);
    const name = parts.at(-1) ?? '*';
    const owner = resolveColumn(level, reference);
    if (name === '*' && (parts.length === 1 || parts.at(-2) === source.alias)) return undefined;
    if (owner === undefined || parts.at(-1) === source.alias) return undefined;
    if (owner === source) needed.add(name);
  }
  const columns = table.columns.filter(
    ({ name, sqlName }) => needed.has(name) && !keys.includes(name) && !predicate.includes(sqlName),
  );
  const bytes = columns.reduce((sum, { width }) => sum + (width ?? Number.POSITIVE_INFINITY), 0);
  if (columns.length === 0 || columns.length > maxIncluded || bytes > maxBytes) return undefined;
  return columns.map(({ name }) => name);
}
