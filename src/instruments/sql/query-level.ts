import type { ColumnRef, Node, SelectStmt } from 'libpg-query';
import type { TableFacts } from './table-facts.ts';
import { asKind, conjuncts, nameParts, nodesOfKind, valuesUnder } from './tree-nodes.ts';

/** One table (or other source of rows) in the FROM of one SELECT. */
export interface Source {
  /** The name by which columns are qualified. */
  readonly alias: string;
  /** Left out for subqueries, functions and CTEs. */
  readonly facts?: TableFacts;
}

/** One SELECT, without those nested in it: where its rows come from and what AND demands of them. */
export interface QueryLevel {
  readonly select: SelectStmt;
  readonly sources: readonly Source[];
  readonly conditions: readonly Node[];
  /** Pairs of columns that USING equates. */
  readonly using: readonly string[];
}

/** Every SELECT in the statement, nested ones and both arms of set operations included. */
export function queryLevels(root: SelectStmt, tables: readonly TableFacts[]): readonly QueryLevel[] {
  const arms = ['larg', 'rarg'].flatMap((side) => valuesUnder(root, side)) as readonly SelectStmt[];
  const nested = valuesUnder(root, 'SelectStmt') as readonly SelectStmt[];
  // An arm stands bare below larg or rarg, where a join has a wrapped node.
  const selects = [root, ...arms.filter((arm) => arm.targetList), ...nested];
  const ctes = new Set(nodesOfKind(root, 'CommonTableExpr').map(({ ctename }) => ctename));
  const known = tables.filter(({ writtenAs }) => !ctes.has(writtenAs));
  return selects.filter(({ fromClause }) => fromClause).map((select) => queryLevel(select, known));
}

/** The source that a column belongs to; `outer` where it is a constant for this level, `undefined` where unclear. */
export function resolveColumn(level: QueryLevel, column: ColumnRef): Source | 'outer' | undefined {
  const parts = nameParts(column.fields);
  const name = parts.at(-1);
  if (parts.length > 1) return level.sources.find(({ alias }) => alias === parts.at(-2)) ?? 'outer';
  const owners = level.sources.filter(({ facts }) => facts?.columns.some((known) => known.name === name));
  if (owners.length === 1) return owners[0];
  if (owners.length > 1 || level.sources.some(({ facts }) => !facts)) return undefined;
  return 'outer';
}

function queryLevel(select: SelectStmt, tables: readonly TableFacts[]): QueryLevel {
  const joined = (select.fromClause ?? []).map((node) => readFrom(node, tables));
  return {
    select,
    sources: joined.flatMap(({ sources }) => sources),
    conditions: [...conjuncts(select.whereClause), ...joined.flatMap(({ conditions }) => conditions)],
    using: joined.flatMap(({ using }) => using),
  };
}

function readFrom(node: Node, tables: readonly TableFacts[]): Omit<QueryLevel, 'select'> {
  const join = asKind(node, 'JoinExpr');
  if (join) {
    const sides = [join.larg, join.rarg].flatMap((side) => (side ? [readFrom(side, tables)] : []));
    return {
      sources: sides.flatMap(({ sources }) => sources),
      conditions: [...sides.flatMap(({ conditions }) => conditions), ...conjuncts(join.quals)],
      using: [...sides.flatMap(({ using }) => using), ...nameParts(join.usingClause)],
    };
  }
  const table = asKind(node, 'RangeVar');
  if (table) {
    const writtenAs = [table.schemaname, table.relname].filter((part) => part !== undefined).join('.');
    const facts = tables.find((known) => known.writtenAs === writtenAs);
    const alias = table.alias?.aliasname ?? table.relname ?? '';
    return { sources: [{ alias, ...(facts ? { facts } : {}) }], conditions: [], using: [] };
  }
  const aliases = valuesUnder(node, 'alias') as readonly { readonly aliasname?: string }[];
  return { sources: [{ alias: aliases[0]?.aliasname ?? '' }], conditions: [], using: [] };
}
