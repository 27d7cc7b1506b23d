import type { SelectStmt } from 'libpg-query';
import { rowGrouping } from './aggregates.ts';
import { type ColumnDemands, columnDemands } from './column-demands.ts';
import { fixedConditions } from './fixed-conditions.ts';
import { type QueryLevel, queryLevels, resolveColumn, type Source } from './query-level.ts';
import type { IndexFacts, TableFacts } from './table-facts.ts';
import { asKind, nameParts } from './tree-nodes.ts';

/** An index that might serve a statement, or why there is none for one of its tables. */
export type IndexIdea =
  | {
      readonly status: 'candidate';
      readonly table: TableFacts;
      readonly columns: readonly string[];
      /** Of a partial index. */
      readonly predicate?: string;
    }
  | { readonly status: 'none'; readonly table: TableFacts; readonly reason: string };

/** Below this many rows a table is a few pages, which are read faster than an index is searched. */
const minTableRows = 1_000;

/** Further columns make an index larger and each write slower, but hardly ever a lookup faster. */
const maxColumns = 4;

export interface CandidateOptions {
  /** Whether the index is to give the order of ORDER BY, too. */
  readonly forOrder: boolean;
  /** Whether the constants in the text are the same in every execution, so that a partial index may name them. */
  readonly constants?: boolean;
}

/**
 * B-tree candidates for each table of a SELECT: equality columns first, then one range or sort column; for a joined
 * table also its join columns, then the equality columns. Behind them comes a partial index for what never changes.
 *
 * Pure. Whether the statement reads a table in vain is for the plan to tell, whether an index helps for a trial.
 */
export function indexCandidates(
  select: SelectStmt,
  tables: readonly TableFacts[],
  options: CandidateOptions = { forOrder: true },
): readonly IndexIdea[] {
  const ideas = queryLevels(select, tables).flatMap((level) =>
    level.sources.flatMap((source) => (source.facts ? ideasFor(level, source, source.facts, options) : [])),
  );
  const keyOf = (idea: IndexIdea) =>
    JSON.stringify([idea.table.writtenAs, idea.status === 'candidate' && [idea.columns, idea.predicate]]);
  return [...new Map(ideas.map((idea) => [keyOf(idea), idea])).values()];
}

function ideasFor(
  level: QueryLevel,
  source: Source,
  table: TableFacts,
  { forOrder, constants = false }: CandidateOptions,
): readonly IndexIdea[] {
  const none = (reason: string): readonly IndexIdea[] => [{ status: 'none', table, reason }];
  if (table.kind === 'partitioned') return none(`${table.name} is partitioned`);
  if (table.kind === 'other') return none(`${table.name} is no table`);
  if (table.estimatedRows < minTableRows)
    return none(`${table.name} has only about ${Math.round(table.estimatedRows)} rows`);

  const demands = columnDemands(level, source);
  const single = uniqueMatch(table, demands);
  if (single) return none(`the unique index ${single.name} already finds the row`);
  const lists = columnLists(level, source, demands, forOrder).map((columns) =>
    columns.filter((name) => isOrdered(table, name)),
  );
  const wanted = lists.filter((columns) => columns.length > 0);
  const partial = partialIdea(level, source, table, demands, { forOrder, constants });
  if (wanted.length === 0) return partial ? [partial] : none(demands.obstacles[0] ?? withoutDemand(level));
  const whole = wanted.map((columns): IndexIdea => {
    const existing = table.indexes.find((index) => serves(index, columns, demands));
    if (!existing) return { status: 'candidate', table, columns };
    return { status: 'none', table, reason: `the index ${existing.name} already begins with (${columns.join(', ')})` };
  });
  return partial ? [...whole, partial] : whole;
}

/** An index of those rows alone that the statement may want, by the rest of what it asks for. */
function partialIdea(
  level: QueryLevel,
  source: Source,
  table: TableFacts,
  demands: ColumnDemands,
  { forOrder, constants = false }: CandidateOptions,
): IndexIdea | undefined {
  const fixed = fixedConditions(level, source, constants);
  if (fixed.length === 0) return undefined;
  const isFixed = (column: string) => fixed.some((condition) => condition.column === column);
  const rest = {
    ...demands,
    equal: demands.equal.filter((column) => !isFixed(column)),
    listed: demands.listed.filter((column) => !isFixed(column)),
  };
  const [list = []] = columnLists(level, source, rest, forOrder);
  const keys = list.filter((name) => isOrdered(table, name));
  if (keys.length === 0 && !fixed.some(({ selective }) => selective)) return undefined;
  const columns = keys.length > 0 ? keys : fixed.map(({ column }) => column).slice(0, 1);
  if (!columns.every((name) => isOrdered(table, name))) return undefined;
  return { status: 'candidate', table, columns, predicate: fixed.map(({ sql }) => sql).join(' AND ') };
}

function columnLists(
  level: QueryLevel,
  source: Source,
  demands: ColumnDemands,
  forOrder: boolean,
): readonly (readonly string[])[] {
  const fixed = [...new Set([...demands.equal, ...demands.listed])].slice(0, maxColumns);
  const range = demands.ranged.find((column) => !fixed.includes(column));
  const sort = forOrder ? sortColumn(level, source, demands, fixed) : undefined;
  const limited = level.select.limitCount !== undefined;
  const lists: (readonly string[])[] = [];
  if (range !== undefined) lists.push([...fixed, range]);
  // In the order of the result, LIMIT lets the scan stop early: that may beat the range.
  if (sort !== undefined && sort !== range && (limited || (fixed.length > 0 && range === undefined))) {
    lists.push([...fixed, sort]);
  }
  if (lists.length === 0) lists.push(fixed);
  for (const columns of demands.joined.values()) {
    lists.push([...columns, ...fixed.filter((column) => !columns.includes(column))].slice(0, maxColumns));
  }
  return lists;
}

/** The first ORDER BY column, where an index on it would give the rows in that order. */
function sortColumn(
  { select, sources, ...level }: QueryLevel,
  source: Source,
  demands: ColumnDemands,
  fixed: readonly string[],
): string | undefined {
  if (rowGrouping(select) || demands.listed.length > 0) return undefined;
  const sortBy = asKind(select.sortClause?.[0], 'SortBy');
  // B-trees are read in both directions, which gives NULLS LAST for ASC and NULLS FIRST for DESC only.
  if (!sortBy || sortBy.useOp || (sortBy.sortby_nulls ?? 'SORTBY_NULLS_DEFAULT') !== 'SORTBY_NULLS_DEFAULT')
    return undefined;
  const targets = (select.targetList ?? []).map((node) => asKind(node, 'ResTarget'));
  const position = asKind(sortBy.node, 'A_Const')?.ival?.ival;
  const alias = nameParts(asKind(sortBy.node, 'ColumnRef')?.fields);
  const named = alias.length === 1 ? targets.find((target) => target?.name === alias[0]) : undefined;
  const target = position === undefined ? named : targets[position - 1];
  const column = asKind(target?.val ?? sortBy.node, 'ColumnRef');
  if (!column || resolveColumn({ select, sources, ...level }, column) !== source) return undefined;
  const name = nameParts(column.fields).at(-1);
  return name === undefined || name === '*' || fixed.includes(name) ? undefined : name;
}

/** A unique index all of whose columns are compared with one value each. */
function uniqueMatch(table: TableFacts, { equal }: ColumnDemands): IndexFacts | undefined {
  return table.indexes.find(
    ({ unique, columns }) => unique && columns.every((column) => column !== null && equal.includes(column)),
  );
}

/** Whether the index begins with these columns; those compared for equality may stand in any order. */
function serves({ btree, columns: indexed }: IndexFacts, wanted: readonly string[], demands: ColumnDemands): boolean {
  if (!btree || indexed.length < wanted.length) return false;
  const last = wanted.at(-1) ?? '';
  const equated = [...demands.equal, ...demands.listed, ...[...demands.joined.values()].flat()];
  const free = equated.includes(last) ? wanted : wanted.slice(0, -1);
  const lead = indexed.slice(0, free.length);
  return free.every((column) => lead.includes(column)) && (free === wanted || indexed[free.length] === last);
}

function isOrdered(table: TableFacts, name: string): boolean {
  return table.columns.some((column) => column.name === name && column.ordered);
}

function withoutDemand({ select }: QueryLevel): string {
  return select.whereClause ? 'no condition is on a plain column of it' : 'every row is wanted: it has no condition';
}
