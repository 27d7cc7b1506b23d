import type { Node, ParseResult, SelectStmt } from 'libpg-query';
import { deparseSync } from 'pgsql-deparser';
import { parseStatement } from './statement.ts';
import { asKind } from './tree-nodes.ts';

/** A unique key by which the rows of one table follow each other. */
export interface KeysetOrder {
  readonly columns: readonly string[];
  readonly descending: boolean;
}

/** Where a page begins, and how many rows it has. */
export interface KeysetPlace {
  /** The key of the row before; left out for the first page. */
  readonly after?: readonly string[];
  readonly rows: number;
}

/** A SELECT with its bound values written into it, so that `$n` may be dropped with the clause that used them. */
export function withValues(tree: ParseResult, values: readonly (string | null)[]): SelectStmt | undefined {
  const written = JSON.parse(JSON.stringify(tree), (_key, node: unknown) => {
    const parameter = (node as { ParamRef?: { number?: number } } | null)?.ParamRef;
    return parameter ? constant(values[(parameter.number ?? 0) - 1] ?? null) : node;
  }) as ParseResult;
  return asKind(written.stmts?.[0]?.stmt, 'SelectStmt');
}

/** The SELECT with its rows in the order of the key, from one place on; LIMIT and OFFSET of its own are replaced. */
export function keysetPage(select: SelectStmt, order: KeysetOrder, { after, rows }: KeysetPlace): string {
  const { limitOffset: _offset, ...plain } = select;
  const { whereClause } = plain;
  const behind = after && behindKey(order, after);
  const where = behind && whereClause ? { BoolExpr: { boolop: 'AND_EXPR', args: [whereClause, behind] } } : behind;
  return textOf({
    ...plain,
    ...(where && { whereClause: where as Node }),
    sortClause: partsOf(`SELECT ORDER BY ${sortText(order)}`).sortClause ?? [],
    limitCount: integer(rows),
    limitOption: 'LIMIT_OPTION_COUNT',
  });
}

/** The key of the row that stands before `offset`. */
export function keyBefore(select: SelectStmt, { columns }: KeysetOrder, offset: number): string {
  const { targetList } = partsOf(`SELECT ${columns.map(quoted).join(', ')}`);
  return textOf({
    ...select,
    ...(targetList && { targetList }),
    limitOffset: integer(offset - 1),
    limitCount: integer(1),
    limitOption: 'LIMIT_OPTION_COUNT',
  });
}

/** The SELECT as it is, but for its OFFSET; 0 for none. */
export function atOffset(select: SelectStmt, offset: number): string {
  const { limitOffset: _offset, ...plain } = select;
  return textOf({ ...plain, ...(offset > 0 && { limitOffset: integer(offset) }) });
}

function behindKey({ columns, descending }: KeysetOrder, after: readonly string[]): Node | undefined {
  const row = (parts: readonly string[]) => (parts.length === 1 ? parts.join('') : `(${parts.join(', ')})`);
  const values = after.map((value) => `'${value.replaceAll("'", "''")}'`);
  return partsOf(`SELECT WHERE ${row(columns.map(quoted))} ${descending ? '<' : '>'} ${row(values)}`).whereClause;
}

function sortText({ columns, descending }: KeysetOrder): string {
  return columns.map((column) => `${quoted(column)}${descending ? ' DESC' : ''}`).join(', ');
}

/** Clauses are made by the parser: its trees are what the deparser knows. */
function partsOf(sql: string): SelectStmt {
  const select = asKind(parseStatement(sql)?.stmts?.[0]?.stmt, 'SelectStmt');
  if (!select) throw new Error(`a clause of ours cannot be parsed: ${sql}`);
  return select;
}

function textOf(select: SelectStmt): string {
  return deparseSync({ SelectStmt: select }, { pretty: false });
}

function constant(value: string | null): Node {
  return { A_Const: value === null ? { isnull: true } : { sval: { sval: value } } };
}

function integer(value: number): Node {
  return { A_Const: { ival: { ival: value } } };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
