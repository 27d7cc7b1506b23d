import type { ColumnRef, Node, ParseResult, SelectStmt } from 'libpg-query';
import { deparseSync } from 'pgsql-deparser';
import { rowGrouping } from './aggregates.ts';
import { asKind, nameParts, nodesOfKind, parameterCount, valuesUnder } from './tree-nodes.ts';

/** A parameter of the loop and the column of the parent's result that fed it. */
export interface JoinKey {
  readonly parameter: number;
  readonly column: string;
  readonly columnIndex: number;
  /** Where the column has another type than the parameter, as SQL writes it. */
  readonly cast?: string;
}

export interface JoinSource {
  readonly parent: ParseResult;
  readonly child: ParseResult;
  readonly keys: readonly JoinKey[];
  /** Whether the loop gives at most one row for each value, so that LIMIT means the same before and after the join. */
  readonly unique: boolean;
}

/** One statement that gives the parent's columns and then the loop's, each row of the parent at least once. */
export interface JoinRewrite {
  readonly sql: string;
  /** The loop's parameters that are left, by their old numbers; they follow the parent's. */
  readonly keptParameters: readonly number[];
}

/**
 * Writes a parent and its loop as one LEFT JOIN, best form first: both tables side by side where each statement reads
 * a single table, and the loop as a LATERAL subquery, which any SELECT can be.
 *
 * Pure, and the trees are left as they were.
 */
export function rewriteAsJoin(source: JoinSource): readonly JoinRewrite[] {
  const flat = sideBySide(structuredClone(source));
  return [...(flat ? [flat] : []), asLateral(structuredClone(source))];
}

function asLateral({ parent, child, keys }: JoinSource): JoinRewrite {
  const [outer, inner] = [selectOf(parent), selectOf(child)];
  const names = new Set([...valuesUnder([parent, child], 'relname'), ...valuesUnder([parent, child], 'aliasname')]);
  const free = (name: string): string => (names.has(name) ? free(`${name}_row`) : name);
  const [parentName, childName] = [free('parent'), free('child')];
  replaceKeys(child, keys, ({ column }) => columnOf(parentName, column));
  const keptParameters = renumber(child, parameterCount(parent));
  const statement: SelectStmt = {
    targetList: [starOf(parentName), starOf(childName)],
    fromClause: [
      {
        JoinExpr: {
          jointype: 'JOIN_LEFT',
          larg: { RangeSubselect: { subquery: { SelectStmt: outer }, alias: { aliasname: parentName } } },
          rarg: { RangeSubselect: { lateral: true, subquery: { SelectStmt: inner }, alias: { aliasname: childName } } },
          quals: { A_Const: { boolval: { boolval: true } } },
        },
      },
    ],
    limitOption: 'LIMIT_OPTION_DEFAULT',
    op: 'SETOP_NONE',
  };
  return { sql: written(statement), keptParameters };
}

function sideBySide({ parent, child, keys, unique }: JoinSource): JoinRewrite | undefined {
  const [outer, inner] = [selectOf(parent), selectOf(child)];
  const [outerTable, innerTable] = [singleTable(outer), singleTable(inner)];
  if (!outerTable || !innerTable || outerTable.name === innerTable.name) return undefined;
  const limits = outer.limitCount ?? outer.limitOffset ?? inner.limitCount;
  if (inner.limitOffset || inner.sortClause || !inner.whereClause || (limits && !unique)) return undefined;
  const sources = keys.map((key) => targetAt(outer, key));
  if (sources.includes(undefined) || sortsByOutputName(outer)) return undefined;
  // The sources are parts of the parent: qualified with it, then copied into the condition.
  if (!qualify(outer, outerTable.name) || !qualify(inner, innerTable.name)) return undefined;
  replaceKeys(child, keys, (key) => structuredClone(targetAt(outer, key) ?? {}) as Node);
  // At most one row has the key: its LIMIT goes, and a parameter of it with it.
  delete inner.limitCount;
  const keptParameters = renumber(child, parameterCount(parent));
  const statement: SelectStmt = {
    ...outer,
    targetList: [...(outer.targetList ?? []), ...(inner.targetList ?? [])],
    fromClause: [
      {
        JoinExpr: {
          jointype: 'JOIN_LEFT',
          larg: outerTable.node,
          rarg: innerTable.node,
          quals: inner.whereClause,
        },
      },
    ],
  };
  return { sql: written(statement), keptParameters };
}

/** The only source of rows of a SELECT that reads one table and neither groups nor nests. */
function singleTable(select: SelectStmt): { readonly name: string; readonly node: Node } | undefined {
  const [node, ...others] = select.fromClause ?? [];
  const table = asKind(node, 'RangeVar');
  if (!node || !table || others.length > 0 || select.withClause || select.lockingClause) return undefined;
  if (rowGrouping(select) || valuesUnder(select, 'SubLink').length > 0) return undefined;
  return { name: table.alias?.aliasname ?? table.relname ?? '', node };
}

/** The expression that gives a column of the result: as written, or what a lone star means. */
function targetAt(select: SelectStmt, { column, columnIndex }: JoinKey): Node | undefined {
  const targets = (select.targetList ?? []).map((node) => asKind(node, 'ResTarget')?.val);
  const stars = targets.filter((target) => nameParts(asKind(target, 'ColumnRef')?.fields).at(-1) === '*');
  if (stars.length === 0) return targets[columnIndex];
  const qualifier = singleTable(select)?.name;
  return targets.length === 1 && qualifier !== undefined ? columnOf(qualifier, column) : undefined;
}

/** `ORDER BY total` where total is a name given to a result column: beside a second table it may become ambiguous. */
function sortsByOutputName(select: SelectStmt): boolean {
  const given = (select.targetList ?? []).map((node) => asKind(node, 'ResTarget')?.name);
  return (select.sortClause ?? []).some((node) => {
    const parts = nameParts(asKind(asKind(node, 'SortBy')?.node, 'ColumnRef')?.fields);
    return parts.length === 1 && given.includes(parts[0]);
  });
}

/** Puts the table's name before every bare column; false where a column is qualified in another way. */
function qualify(select: SelectStmt, table: string): boolean {
  return nodesOfKind(select, 'ColumnRef').every((column: ColumnRef) => {
    const fields = column.fields ?? [];
    if (fields.length === 1) column.fields = [{ String: { sval: table } }, ...fields];
    return fields.length === 1 || (fields.length === 2 && nameParts(fields)[0] === table);
  });
}

/** Puts an expression in the place of each key's parameter. */
function replaceKeys(child: ParseResult, keys: readonly JoinKey[], expression: (key: JoinKey) => Node): void {
  const stack: unknown[] = [child];
  while (stack.length > 0) {
    const value = stack.pop();
    if (typeof value !== 'object' || value === null) continue;
    const node = value as Record<string, unknown> & { ParamRef?: { number?: number } };
    const key = keys.find(({ parameter }) => parameter === node.ParamRef?.number);
    if (!key) {
      stack.push(...Object.values(value));
      continue;
    }
    delete node.ParamRef;
    Object.assign(node, key.cast === undefined ? expression(key) : castTo(key.cast, expression(key)));
  }
}

/** Stands for a type's name in the tree: `double precision` is no plain identifier. */
const castMark = 'Chokepoint Cast ';

function castTo(type: string, arg: Node): Node {
  return { TypeCast: { arg, typeName: { names: [{ String: { sval: `${castMark}${type}` } }], typemod: -1 } } };
}

/** Numbers the parameters that are left from `after + 1` on; gives their old numbers in the order of the new ones. */
function renumber(tree: ParseResult, after: number): readonly number[] {
  const references = nodesOfKind(tree, 'ParamRef') as readonly { number?: number }[];
  const old = [...new Set(references.map(({ number = 0 }) => number))].sort((a, b) => a - b);
  for (const reference of references) reference.number = after + old.indexOf(reference.number ?? 0) + 1;
  return old;
}

function written(statement: SelectStmt): string {
  const text = deparseSync({ SelectStmt: statement }, { pretty: false });
  return text
    .replace(new RegExp(`"${castMark}([^"]+)"`, 'g'), '$1')
    .replaceAll('( SELECT ', '(SELECT ')
    .replace(/ \) AS (parent|child)/g, ') AS $1');
}

function columnOf(table: string, column: string): Node {
  return { ColumnRef: { fields: [{ String: { sval: table } }, { String: { sval: column } }] } };
}

function starOf(table: string): Node {
  return { ResTarget: { val: { ColumnRef: { fields: [{ String: { sval: table } }, { A_Star: {} }] } } } };
}

function selectOf(tree: ParseResult): SelectStmt {
  const select = asKind(tree.stmts?.[0]?.stmt, 'SelectStmt');
  if (!select) throw new Error('only a SELECT can be joined');
  return select;
}
