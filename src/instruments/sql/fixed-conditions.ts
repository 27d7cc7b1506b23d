import type { Node } from 'libpg-query';
import { type QueryLevel, resolveColumn, type Source } from './query-level.ts';
import { asKind, nameParts } from './tree-nodes.ts';

/** A condition on one column that is the same whenever the statement runs, as the WHERE of an index has it. */
export interface FixedCondition {
  readonly column: string;
  readonly sql: string;
  /** It may hold for few rows: `IS NOT NULL` and `<>` hold for most. */
  readonly selective: boolean;
}

/**
 * The conditions on `source` that hold for every execution: `deleted_at IS NULL`, `active`, and comparisons with
 * constants where those belong to the text of the program.
 *
 * @param constants - whether the constants of the text are the same in every execution
 */
export function fixedConditions(level: QueryLevel, source: Source, constants: boolean): readonly FixedCondition[] {
  return level.conditions.flatMap((condition) => fixedCondition(level, source, condition, constants) ?? []);
}

function fixedCondition(
  level: QueryLevel,
  source: Source,
  condition: Node,
  constants: boolean,
): FixedCondition | undefined {
  const columnOf = (node: Node | undefined) => ownColumn(level, source, node);
  const of = (
    column: { readonly name: string; readonly sql: string } | undefined,
    sql: (name: string) => string,
  ): FixedCondition | undefined => {
    if (!column) return undefined;
    const text = sql(column.sql);
    return { column: column.name, sql: text, selective: !/ IS NOT NULL$| <> /.test(text) };
  };

  const nullTest = asKind(condition, 'NullTest');
  if (nullTest) {
    const not = nullTest.nulltesttype === 'IS_NOT_NULL' ? ' NOT' : '';
    return of(columnOf(nullTest.arg), (name) => `${name} IS${not} NULL`);
  }
  const plain = columnOf(condition);
  if (plain) return of(plain, (name) => name);
  const negation = asKind(condition, 'BoolExpr');
  if (negation?.boolop === 'NOT_EXPR') return of(columnOf(negation.args?.[0]), (name) => `NOT ${name}`);

  const comparison = asKind(condition, 'A_Expr');
  if (!constants || !comparison) return undefined;
  const operator = nameParts(comparison.name).at(-1) ?? '';
  const column = columnOf(comparison.lexpr);
  if (comparison.kind === 'AEXPR_OP' && (operator === '=' || operator === '<>')) {
    const value = constantText(comparison.rexpr);
    return value === undefined ? undefined : of(column, (name) => `${name} ${operator} ${value}`);
  }
  if (comparison.kind === 'AEXPR_IN' && operator === '=') {
    const values = (asKind(comparison.rexpr, 'List')?.items ?? []).map(constantText);
    if (values.length === 0 || values.includes(undefined)) return undefined;
    return of(column, (name) => `${name} IN (${values.join(', ')})`);
  }
  return undefined;
}

function ownColumn(level: QueryLevel, source: Source, node: Node | undefined) {
  const reference = asKind(node, 'ColumnRef');
  if (!reference || resolveColumn(level, reference) !== source) return undefined;
  const name = nameParts(reference.fields).at(-1);
  const column = source.facts?.columns.find((known) => known.name === name);
  return column && { name: column.name, sql: column.sqlName };
}

function constantText(node: Node | undefined): string | undefined {
  const constant = asKind(node, 'A_Const');
  if (!constant || constant.isnull) return undefined;
  if (constant.sval) return `'${(constant.sval.sval ?? '').replaceAll("'", "''")}'`;
  if (constant.boolval) return constant.boolval.boolval ? 'true' : 'false';
  if (constant.fval) return constant.fval.fval;
  // The parser leaves out what is zero.
  return constant.ival ? String(constant.ival.ival ?? 0) : undefined;
}
