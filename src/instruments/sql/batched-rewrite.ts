import type { A_Expr, Node, ParamRef, ParseResult, SelectStmt } from 'libpg-query';
import { deparseSync } from 'pgsql-deparser';
import { rowGrouping } from './aggregates.ts';
import { asKind, conjuncts, nameParts, nodesOfKind } from './tree-nodes.ts';

/** What the catalogue tells about the condition that becomes a batch. */
export interface KeyFacts {
  /** Type of the values, as SQL writes it: `bigint`. */
  readonly type: string;
  /** Whether at most one row has each value, so that `LIMIT 1` limits nothing. */
  readonly unique: boolean;
}

/** One statement in place of a loop, or why there is none. */
export type BatchedRewrite =
  | {
      readonly status: 'rewritten';
      /** `$1` is the array of keys where `keptParameters` says so; the other values follow as they were bound. */
      readonly sql: string;
      /** The loop's parameters that are left, by their old numbers in the order of the new ones. */
      readonly keptParameters: readonly number[];
      /** The new number of the array. */
      readonly keyParameter: number;
      /** Whether the key was appended as the last column of the result, so that rows find their parent. */
      readonly addsKey: boolean;
    }
  | { readonly status: 'none'; readonly reason: string };

/** The column that `$n` alone is compared with, as written (`['c', 'id']`), where batching is possible at all. */
export function batchKey(
  tree: ParseResult,
  parameter: number,
): { readonly column: readonly string[] } | { readonly reason: string } {
  const found = findKey(tree, parameter);
  return 'reason' in found ? found : { column: found.column };
}

/**
 * Rewrites the condition `column = $n` of a SELECT to `column = ANY ($n::type[])`, so that one statement fetches
 * what a loop over values of `$n` fetched.
 *
 * Pure, and the tree is left as it was. Where rows would be lost, added or could not be told apart it gives the reason.
 */
export function rewriteAsBatch(tree: ParseResult, parameter: number, key: KeyFacts): BatchedRewrite {
  const copy = structuredClone(tree);
  const found = findKey(copy, parameter);
  if ('reason' in found) return { status: 'none', reason: found.reason };
  const { select, condition, column, cast } = found;

  const shape = shapeReason(select, column, key);
  if (shape) return { status: 'none', reason: shape };
  delete select.limitCount;
  delete select.limitOption;

  const reference: ParamRef = { number: parameter };
  const names = cast?.names ?? [{ String: { sval: batchTypeMark } }];
  const arrayBounds: Node[] = [{ Integer: { ival: -1 } }];
  const { lexpr, rexpr } = condition;
  condition.kind = 'AEXPR_OP_ANY';
  condition.lexpr = asKind(lexpr, 'ColumnRef') ? (lexpr as Node) : (rexpr as Node);
  condition.rexpr = {
    TypeCast: { arg: { ParamRef: reference }, typeName: { ...cast, names, typemod: cast?.typemod ?? -1, arrayBounds } },
  };

  const addsKey = !selectsColumn(select, column);
  if (addsKey) {
    const fields = column.map((sval): Node => ({ String: { sval } }));
    select.targetList = [...(select.targetList ?? []), { ResTarget: { val: { ColumnRef: { fields } } } }];
  }
  const keptParameters = renumber(copy);
  const keyParameter = keptParameters.indexOf(parameter) + 1;
  const text = deparseSync({ SelectStmt: select }, { pretty: false });
  const sql = text
    .replace(`"${batchTypeMark}"`, key.type)
    .replace(/ANY \(CAST\((\$\d+) AS ((?:[^()]|\(\d+(?:, ?\d+)?\))+\[\])\)\)/, 'ANY ($1::$2)');
  return { status: 'rewritten', sql, keptParameters, keyParameter, addsKey };
}

/** Stands for the type's name in the tree: `double precision` and `numeric(10,2)` are no plain identifiers. */
const batchTypeMark = 'Chokepoint Batch Type';

interface FoundKey {
  readonly select: SelectStmt;
  readonly condition: A_Expr;
  readonly column: readonly string[];
  /** The type that the statement itself casts the parameter to. */
  readonly cast: { names?: Node[]; typemod?: number; typmods?: Node[] } | undefined;
}

function findKey(tree: ParseResult, parameter: number): FoundKey | { readonly reason: string } {
  const select = asKind(tree.stmts?.[0]?.stmt, 'SelectStmt');
  if (!select) return { reason: 'it is no SELECT' };
  if (select.op !== undefined && select.op !== 'SETOP_NONE') return { reason: 'it is a set operation' };
  const uses = nodesOfKind(tree, 'ParamRef').filter(({ number }) => number === parameter).length;
  if (uses !== 1) return { reason: `it uses $${parameter} ${uses} times` };
  const holder = conjuncts(select.whereClause).find((node) =>
    nodesOfKind(node, 'ParamRef').some(({ number }) => number === parameter),
  );
  if (!holder) return { reason: `$${parameter} stands in no condition of its WHERE` };
  const condition = asKind(holder, 'A_Expr');
  const isEqual = nameParts(condition?.name).join('.') === '=';
  // What an ORM writes for one value as for many: IN ($1).
  const [listed, ...others] = asKind(condition?.rexpr, 'List')?.items ?? [];
  const isListOfOne = condition?.kind === 'AEXPR_IN' && others.length === 0;
  const plain = isEqual && (condition?.kind === 'AEXPR_OP' || isListOfOne);
  const sides = [condition?.lexpr, isListOfOne ? listed : condition?.rexpr];
  const column = sides.map((side) => asKind(side, 'ColumnRef')).find((side) => side !== undefined);
  const value = sides.find((side) => !asKind(side, 'ColumnRef'));
  const cast = asKind(value, 'TypeCast');
  const bare = asKind(value, 'ParamRef') ?? asKind(cast?.arg, 'ParamRef');
  if (!condition || !plain || !column || !bare) {
    return { reason: `$${parameter} is not compared by a plain "column = $${parameter}"` };
  }
  if (cast?.typeName?.arrayBounds) return { reason: `$${parameter} is an array already` };
  return { select, condition, column: nameParts(column.fields), cast: cast?.typeName };
}

function shapeReason(select: SelectStmt, column: readonly string[], { unique }: KeyFacts): string | undefined {
  if (select.limitOffset) return 'OFFSET counts within one value';
  const oneTable = select.fromClause?.length === 1 && asKind(select.fromClause[0], 'RangeVar') !== undefined;
  if (select.limitCount && !(unique && oneTable)) return 'LIMIT counts within one value';
  const grouping = rowGrouping(select);
  const grouped = (nodes: readonly Node[] | undefined) =>
    (nodes ?? []).some((node) => isColumn(asKind(node, 'ColumnRef')?.fields, column));
  if (grouping === 'group' && !grouped(select.groupClause)) return 'GROUP BY is not by the key';
  if (grouping === 'distinct' && !selectsColumn(select, column)) return 'DISTINCT is without the key';
  if (grouping === 'distinct' && (select.distinctClause ?? []).some((node) => Object.keys(node).length > 0)) {
    return 'DISTINCT ON counts within one value';
  }
  if (grouping === 'aggregate') return 'it aggregates the rows of one value';
  if (grouping === 'window') return 'a window function looks at the rows of one value';
  return undefined;
}

/** Whether the key is in the result, by name or through a star. */
function selectsColumn(select: SelectStmt, column: readonly string[]): boolean {
  return (select.targetList ?? []).some((node) => {
    const fields = asKind(asKind(node, 'ResTarget')?.val, 'ColumnRef')?.fields;
    const parts = nameParts(fields);
    const star = parts.at(-1) === '*' && (parts.length === 1 || parts.at(-2) === column.at(-2));
    return star || isColumn(fields, column);
  });
}

function isColumn(fields: readonly Node[] | undefined, column: readonly string[]): boolean {
  const parts = nameParts(fields);
  const qualifier = parts.length > 1 && column.length > 1 ? parts.at(-2) === column.at(-2) : true;
  return parts.at(-1) === column.at(-1) && qualifier;
}

/** Closes the gaps that dropped parameters leave; gives the old numbers in the order of the new ones. */
function renumber(tree: ParseResult): readonly number[] {
  const references = nodesOfKind(tree, 'ParamRef') as readonly { number?: number }[];
  const old = [...new Set(references.map(({ number = 0 }) => number))].sort((a, b) => a - b);
  for (const reference of references) reference.number = old.indexOf(reference.number ?? 0) + 1;
  return old;
}
