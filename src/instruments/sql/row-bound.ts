import type { Node, ParseResult, SelectStmt } from 'libpg-query';
import { rowGrouping } from './aggregates.ts';
import { asKind, conjuncts, nameParts, nodesOfKind } from './tree-nodes.ts';

/** What keeps the rows of a SELECT from growing with its tables. */
export type RowBound =
  /** A LIMIT, an aggregate, or a list of values to be looked up. */
  | { readonly kind: 'bounded' }
  | { readonly kind: 'whole'; readonly select: SelectStmt }
  /** A page that is counted off from the first row on. */
  | { readonly kind: 'offset'; readonly select: SelectStmt; readonly offset: number };

const bounded: RowBound = { kind: 'bounded' };

/**
 * Judges by the syntax tree alone; where that does not tell, a statement counts as bounded.
 *
 * @param values - of the `$n`, for an OFFSET that is bound
 */
export function rowBound(tree: ParseResult, values: readonly (string | null)[]): RowBound {
  const select = asKind(tree.stmts?.[0]?.stmt, 'SelectStmt');
  if (!select || nodesOfKind(select.fromClause, 'RangeVar').length === 0) return bounded;
  const grouping = rowGrouping(select);
  if (grouping === 'aggregate' || grouping === 'group' || grouping === 'set operation') return bounded;
  if (select.limitOffset) {
    const offset = integerOf(select.limitOffset, values);
    return offset !== undefined && offset > 0 ? { kind: 'offset', select, offset } : bounded;
  }
  if (limits(select, values) || conjuncts(select.whereClause).some(comparesWithList)) return bounded;
  return { kind: 'whole', select };
}

/** LIMIT ALL and LIMIT NULL bound nothing. */
function limits({ limitCount }: SelectStmt, values: readonly (string | null)[]): boolean {
  if (!limitCount || asKind(limitCount, 'A_Const')?.isnull) return false;
  const parameter = asKind(limitCount, 'ParamRef')?.number;
  return parameter === undefined || values[parameter - 1] !== null;
}

/** `= ANY` and IN give rows for the values of a list, which bounds them. */
function comparesWithList(condition: Node): boolean {
  const kind = asKind(condition, 'A_Expr')?.kind;
  return kind === 'AEXPR_IN' || kind === 'AEXPR_OP_ANY';
}

function integerOf(node: Node, values: readonly (string | null)[]): number | undefined {
  const inner = asKind(node, 'TypeCast')?.arg ?? node;
  const parameter = asKind(inner, 'ParamRef')?.number;
  const constant = asKind(inner, 'A_Const');
  const text =
    parameter === undefined ? (constant?.ival ? constant.ival.ival : constant?.sval?.sval) : values[parameter - 1];
  const value = text === null || text === undefined ? Number.NaN : Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The columns of `ORDER BY`, where it names plain columns of the table that are all sorted in one direction. */
export function plainOrder(
  select: SelectStmt,
): { readonly columns: readonly string[]; readonly descending: boolean } | { readonly reason: string } {
  const columns: string[] = [];
  const directions = new Set<boolean>();
  for (const node of select.sortClause ?? []) {
    const sort = asKind(node, 'SortBy');
    const name = nameParts(asKind(sort?.node, 'ColumnRef')?.fields).at(-1);
    if (!sort || name === undefined || name === '*') return { reason: 'ORDER BY is not by plain columns' };
    if (isOtherwiseNamed(select, name)) return { reason: `ORDER BY ${name} means a result, not a column` };
    if (sort.useOp || (sort.sortby_nulls && sort.sortby_nulls !== 'SORTBY_NULLS_DEFAULT')) {
      return { reason: 'ORDER BY says how it sorts' };
    }
    columns.push(name);
    directions.add(sort.sortby_dir === 'SORTBY_DESC');
  }
  if (directions.size > 1) return { reason: 'ORDER BY goes up by one column and down by another' };
  return { columns, descending: directions.has(true) };
}

/** Whether a result other than the column of this name has its name: ORDER BY then means that. */
function isOtherwiseNamed({ targetList = [] }: SelectStmt, name: string): boolean {
  return targetList.some((node) => {
    const target = asKind(node, 'ResTarget');
    return target?.name === name && nameParts(asKind(target.val, 'ColumnRef')?.fields).at(-1) !== name;
  });
}
