import type { Node } from 'libpg-query';
import { lexSql } from './sql-lexer.ts';
import { nameParts, nodesOfKind, valuesUnder } from './tree-nodes.ts';

/** A name as its parts: `['orders']` or `['app', 'orders']`. */
type Name = readonly string[];

/** What a piece of SQL may call, read or convert to, by the names that stand in it. */
export interface SqlMentions {
  readonly functions: readonly Name[];
  /** Without their schema. */
  readonly operators: readonly string[];
  /** Names of columns: `row.name` is also how `name(row)` is called. */
  readonly fields: readonly string[];
  readonly relations: readonly Name[];
  /** Also names of functions, since `type(value)` is a cast, and of tables that are written: each is the type of its rows. */
  readonly types: readonly Name[];
}

/** The mentions in a syntax tree, of one statement or of many. */
export function mentionsOf(tree: unknown): SqlMentions {
  const functions = functionNames(tree);
  const targets = relationNames(valuesUnder(tree, 'relation'));
  const relations = [...targets, ...relationNames(nodesOfKind(tree, 'RangeVar'))];
  const types = typeNames(tree);
  const columns = nodesOfKind(tree, 'ColumnRef').map((column) => nameParts(column.fields).at(-1) ?? '');
  const selections = nodesOfKind(tree, 'A_Indirection').flatMap(({ indirection }) => nameParts(indirection));
  return {
    functions,
    operators: operatorNames(tree),
    fields: [...new Set([...columns, ...selections])],
    // `orders.total%TYPE` names a column.
    relations: distinct([...relations, ...types.filter(({ length }) => length > 1).map((name) => name.slice(0, -1))]),
    types: distinct([...types, ...functions, ...targets]),
  };
}

/**
 * The mentions in a text whose grammar is not ours (PL/pgSQL): each word may be a relation, a type or a column, and
 * each word before a bracket a function. Comments and strings hold none.
 */
export function mentionsIn(source: string): SqlMentions {
  const tokens = lexSql(source).filter(({ kind }) => kind !== 'space' && kind !== 'comment' && kind !== 'string');
  const textOf = (index: number) => {
    const token = tokens[index];
    return token ? source.slice(token.start, token.end) : '';
  };
  const functions: Name[] = [];
  const words: Name[] = [];
  const operators = new Set<string>();
  for (const [index, { kind }] of tokens.entries()) {
    if (kind === 'operator') operators.add(textOf(index));
    if (kind !== 'word' && kind !== 'quoted') continue;
    const name = identifier(textOf(index));
    const qualified = textOf(index - 1) === '.' && index > 1 ? [identifier(textOf(index - 2)), name] : [name];
    words.push([name], qualified);
    if (textOf(index + 1) === '(') functions.push(qualified);
  }
  const names = distinct(words);
  return {
    functions: distinct(functions),
    operators: [...operators],
    fields: names.flatMap((name) => (name.length === 1 ? name : [])),
    relations: names,
    types: names,
  };
}

/** Whether a PL/pgSQL body puts a statement together at run time: what that does can be read nowhere. */
export function runsText(source: string): boolean {
  return hasWord(source, ['execute']);
}

/** Whether a body may hold COPY, LOAD or another statement that reaches the files of the server. */
export function readsOrWritesFiles(source: string): boolean {
  return hasWord(source, ['copy', 'load', 'import', 'tablespace']);
}

function hasWord(source: string, words: readonly string[]): boolean {
  return lexSql(source).some(
    ({ kind, start, end }) => kind === 'word' && words.includes(source.slice(start, end).toLowerCase()),
  );
}

/** Every function that the tree calls by name. */
export function functionNames(tree: unknown): readonly Name[] {
  return nodesOfKind(tree, 'FuncCall').map((call) => nameParts(call.funcname));
}

function operatorNames(tree: unknown): readonly string[] {
  const names = ['A_Expr', 'SubLink', 'SortBy'].flatMap((kind) =>
    valuesUnder(tree, kind).flatMap((node) => {
      const { name, operName, useOp } = node as Readonly<Record<string, readonly Node[] | undefined>>;
      return [name, operName, useOp].map((parts) => nameParts(parts).at(-1));
    }),
  );
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** Of nodes as RangeVar has them; the target of INSERT, UPDATE, DELETE and MERGE stands bare below `relation`. */
function relationNames(nodes: readonly unknown[]): readonly Name[] {
  return (nodes as readonly { readonly schemaname?: string; readonly relname?: string }[]).flatMap(
    ({ schemaname, relname }) => {
      if (typeof relname !== 'string') return [];
      return [schemaname === undefined ? [relname] : [schemaname, relname]];
    },
  );
}

function typeNames(tree: unknown): readonly Name[] {
  const nodes = ['TypeName', 'typeName', 'argType', 'returnType'].flatMap((key) => valuesUnder(tree, key));
  return distinct((nodes as readonly { readonly names?: readonly Node[] }[]).map(({ names }) => nameParts(names)));
}

function identifier(text: string): string {
  const quoted = /^(?:[uU]&)?"([\s\S]*?)"?$/.exec(text)?.[1];
  return quoted === undefined ? text.toLowerCase() : quoted.replaceAll('""', '"');
}

function distinct(names: readonly Name[]): readonly Name[] {
  return [...new Map(names.map((name) => [JSON.stringify(name), name])).values()];
}
