import type { A_Expr, DeleteStmt, InsertStmt, Node, ParseResult, RangeVar, SelectStmt, UpdateStmt } from 'libpg-query';
import { deparseSync } from 'pgsql-deparser';
import { asKind, conjuncts, nameParts, nodesOfKind, valuesUnder } from './tree-nodes.ts';

/** One statement in place of a loop of writes, or why there is none. */
export type BatchedWrite =
  | {
      readonly status: 'written';
      /** `$1`, `$2`, … are arrays, one for each parameter that varied; the values that stayed the same follow. */
      readonly sql: string;
      /** Old numbers of the parameters that became arrays, in their order. */
      readonly arrayParameters: readonly number[];
      readonly keptParameters: readonly number[];
      /** Old numbers of those by which the row to be written is found: the same values twice would write a row twice. */
      readonly keyParameters: readonly number[];
    }
  | { readonly status: 'none'; readonly reason: string };

const none = (reason: string): BatchedWrite => ({ status: 'none', reason });

/**
 * Rewrites a write of one row to a write of many: INSERT … SELECT FROM unnest, UPDATE … FROM unnest, DELETE … = ANY.
 *
 * Pure, and the tree is left as it was.
 *
 * @param varying - numbers of the parameters that differ from row to row
 * @param types - type of each parameter as SQL writes it, `$1` first
 */
export function rewriteWrites(tree: ParseResult, varying: readonly number[], types: readonly string[]): BatchedWrite {
  const untyped = varying.find((number) => types[number - 1] === undefined);
  if (untyped !== undefined) return none(`the type of $${untyped} is not known`);
  const array = varying.find((number) => types[number - 1]?.endsWith('[]'));
  if (array !== undefined) return none(`$${array} is an array, and a list of arrays cannot be unpacked row by row`);
  if (varying.length === 0) return none('none of its values vary');
  const copy = structuredClone(tree);
  const statement = copy.stmts?.[0]?.stmt;
  const [insert, update, remove] = [
    asKind(statement, 'InsertStmt'),
    asKind(statement, 'UpdateStmt'),
    asKind(statement, 'DeleteStmt'),
  ];
  if (insert) return finish(copy, insert, insertMany(insert, varying, types), varying);
  if (update) return finish(copy, update, changeMany(update, varying, types), varying);
  if (remove) return finish(copy, remove, changeMany(remove, varying, types), varying);
  return none('it is no INSERT, UPDATE or DELETE');
}

type Change = { readonly keyParameters: readonly number[] } | { readonly reason: string };

function insertMany(insert: InsertStmt, varying: readonly number[], types: readonly string[]): Change {
  const select = asKind(insert.selectStmt, 'SelectStmt');
  const [row, ...others] = select?.valuesLists ?? [];
  const items = asKind(row, 'List')?.items;
  if (!items || others.length > 0) return { reason: 'it does not write one row of VALUES' };
  if (nodesOfKind(insert.onConflictClause, 'ParamRef').some(({ number = 0 }) => varying.includes(number))) {
    return { reason: 'values that vary stand in its ON CONFLICT' };
  }
  const columns = insert.cols ?? [];
  const isDefault = (item: Node) => 'SetToDefault' in item;
  if (items.some(isDefault) && columns.length === 0)
    return { reason: 'DEFAULT stands in it without a list of columns' };
  const written = items.flatMap((item, index) => (isDefault(item) ? [] : [{ item, column: columns[index] }]));
  const name = (number: number): string => {
    const own = written.find(({ item }) => parameterOf(item) === number);
    return asKind(own?.column, 'ResTarget')?.name ?? `v${number}`;
  };
  const source = unpacked(varying, types, name);
  for (const { item } of written) replaceParameters(item, varying, source.column);
  const rows: SelectStmt = {
    targetList: written.map(({ item }) => ({ ResTarget: { val: item } })),
    fromClause: [source.node],
    limitOption: 'LIMIT_OPTION_DEFAULT',
    op: 'SETOP_NONE',
  };
  if (columns.length > 0) insert.cols = written.flatMap(({ column }) => column ?? []);
  insert.selectStmt = { SelectStmt: rows };
  return { keyParameters: [] };
}

/** An UPDATE or DELETE whose rows are found by `column = $n`. */
function changeMany(statement: UpdateStmt | DeleteStmt, varying: readonly number[], types: readonly string[]): Change {
  const isUpdate = 'targetList' in statement;
  const joined = isUpdate ? statement.fromClause : (statement as DeleteStmt).usingClause;
  if (joined || statement.withClause || valuesUnder(statement, 'SubLink').length > 0) {
    return { reason: 'it reads other tables too' };
  }
  const comparisons = conjuncts(statement.whereClause).flatMap((node) => keyComparison(node) ?? []);
  const inWhere = nodesOfKind(statement.whereClause, 'ParamRef').map(({ number = 0 }) => number);
  const keyParameters = varying.filter((number) => inWhere.includes(number));
  const odd = keyParameters.find(
    (number) =>
      !comparisons.some((comparison) => comparison.number === number) ||
      inWhere.filter((each) => each === number).length > 1,
  );
  if (odd !== undefined) return { reason: `$${odd} is not compared by a plain "column = $${odd}"` };
  if (keyParameters.length === 0) return { reason: 'every one of them writes the same rows' };
  const [only] = keyParameters;
  const single = comparisons.find(({ number }) => number === only);
  if (!isUpdate && varying.length === 1 && only !== undefined && single) {
    single.comparison.kind = 'AEXPR_OP_ANY';
    single.comparison.lexpr = single.column;
    single.comparison.rexpr = arrayOf(1, types[only - 1] ?? '');
    return { keyParameters };
  }
  const table = statement.relation as RangeVar;
  const target = table.alias?.aliasname ?? table.relname ?? '';
  for (const column of nodesOfKind(
    [statement.whereClause, isUpdate ? statement.targetList : [], statement.returningClause],
    'ColumnRef',
  )) {
    if (column.fields?.length === 1) column.fields = [{ String: { sval: target } }, ...column.fields];
  }
  const set = isUpdate ? (statement.targetList ?? []).map((node) => asKind(node, 'ResTarget')) : [];
  const source = unpacked(varying, types, (number) => {
    const key = comparisons.find((comparison) => comparison.number === number);
    const own = set.find((each) => parameterOf(each?.val) === number);
    return (key ? nameParts(asKind(key.column, 'ColumnRef')?.fields).at(-1) : own?.name) ?? `v${number}`;
  });
  replaceParameters(statement, varying, source.column);
  if (isUpdate) statement.fromClause = [source.node];
  else (statement as DeleteStmt).usingClause = [source.node];
  return { keyParameters };
}

function finish(tree: ParseResult, statement: object, change: Change, varying: readonly number[]): BatchedWrite {
  if ('reason' in change) return none(change.reason);
  // The arrays were numbered when they were written; what is left of the old numbers follows.
  const references = nodesOfKind(statement, 'ParamRef') as readonly { number?: number; location?: number }[];
  const left = references.filter((reference) => reference.location !== arrayLocation);
  const keptParameters = [...new Set(left.map(({ number = 0 }) => number))].sort((a, b) => a - b);
  for (const reference of left) {
    reference.number = varying.length + keptParameters.indexOf(reference.number ?? 0) + 1;
  }
  const { keyParameters } = change;
  const text = deparseSync(tree.stmts?.[0]?.stmt as Node, { pretty: false });
  const sql = text.replace(
    new RegExp(`CAST\\((\\$\\d+) AS "${typeMark}([^"]+)"\\[\\]\\)|(\\$\\d+)::"${typeMark}([^"]+)"\\[\\]`, 'g'),
    (_, number, type, otherNumber, otherType) => `${number ?? otherNumber}::${type ?? otherType}[]`,
  );
  return { status: 'written', sql, arrayParameters: varying, keptParameters, keyParameters };
}

/** Stands before a type's name in the tree: `double precision` is no plain identifier. */
const typeMark = 'Chokepoint Type ';
/** Marks the parameters that are arrays already; texts have no such place. */
const arrayLocation = -7;

function arrayOf(number: number, type: string): Node {
  const names: Node[] = [{ String: { sval: `${typeMark}${type}` } }];
  const arg: Node = { ParamRef: { number, location: arrayLocation } };
  return { TypeCast: { arg, typeName: { names, typemod: -1, arrayBounds: [{ Integer: { ival: -1 } }] } } };
}

/** `unnest($1::a[], $2::b[]) AS batch (…)`, and how each parameter is called there. */
function unpacked(varying: readonly number[], types: readonly string[], nameOf: (number: number) => string) {
  const names = new Map<number, string>();
  for (const number of varying) {
    const wanted = nameOf(number);
    names.set(number, [...names.values()].includes(wanted) ? `v${number}` : wanted);
  }
  const args = varying.map((number, index) => arrayOf(index + 1, types[number - 1] ?? ''));
  const call: Node = {
    FuncCall: { funcname: [{ String: { sval: 'unnest' } }], args, funcformat: 'COERCE_EXPLICIT_CALL' },
  };
  const colnames = [...names.values()].map((sval): Node => ({ String: { sval } }));
  const node: Node = {
    RangeFunction: { functions: [{ List: { items: [call, {} as Node] } }], alias: { aliasname: 'batch', colnames } },
  };
  const column = (number: number): Node => ({
    ColumnRef: { fields: [{ String: { sval: 'batch' } }, { String: { sval: names.get(number) ?? '' } }] },
  });
  return { node, column };
}

/** Puts a column of the batch in the place of each parameter that varies. */
function replaceParameters(tree: unknown, varying: readonly number[], column: (number: number) => Node): void {
  const stack: unknown[] = [tree];
  while (stack.length > 0) {
    const value = stack.pop();
    if (typeof value !== 'object' || value === null) continue;
    const node = value as Record<string, unknown> & { ParamRef?: { number?: number } };
    const number = node.ParamRef?.number;
    if (number === undefined || !varying.includes(number)) {
      stack.push(...Object.values(value));
      continue;
    }
    delete node.ParamRef;
    Object.assign(node, column(number));
  }
}

/** `column = $n`, with or without a cast. */
function keyComparison(
  node: Node,
): { readonly number: number; readonly column: Node; readonly comparison: A_Expr } | undefined {
  const comparison = asKind(node, 'A_Expr');
  if (comparison?.kind !== 'AEXPR_OP' || nameParts(comparison.name).join('.') !== '=') return undefined;
  const sides = [comparison.lexpr, comparison.rexpr];
  const column = sides.find((side) => asKind(side, 'ColumnRef'));
  const number = sides.map(parameterOf).find((each) => each !== undefined);
  return column && number !== undefined ? { number, column, comparison } : undefined;
}

function parameterOf(node: Node | undefined): number | undefined {
  return (asKind(node, 'ParamRef') ?? asKind(asKind(node, 'TypeCast')?.arg, 'ParamRef'))?.number;
}
