import type { ParseResult } from 'libpg-query';
import { arrayText } from './array-text.ts';
import type { Connection } from './connection.ts';
import { calledWithin, deniedWithin, functionRefusal, isHarmless } from './function-safety.ts';
import { parseStatement } from './statement.ts';
import { functionNames, operatorNames } from './statement-safety.ts';
import { nameParts, nodesOfKind } from './tree-nodes.ts';

interface RoutineFacts {
  readonly name: string;
  readonly schema: string;
  readonly builtIn: boolean;
  /** Also where only its transition or final function is, for an aggregate. */
  readonly volatile: boolean;
  readonly source: string;
}

interface RelationFacts {
  readonly kind: string;
  readonly name: string;
  /** The query of a view, or one of what the row security policies of a table demand. */
  readonly definition: string | null;
}

/**
 * Why the catalogue forbids to execute a SELECT whose text is harmless: a volatile function or operator, a function
 * whose source leads to one of the deny-list, a foreign table; also inside the views and policies of what it reads.
 *
 * An overload counts for its name: which one is meant depends on the types of the arguments.
 */
export async function catalogRefusal(connection: Connection, tree: ParseResult): Promise<string | undefined> {
  const seen = new Set<string>();
  const pending: { readonly tree: ParseResult; readonly where: string }[] = [{ tree, where: '' }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { where } = next;
    const refusal = functionRefusal(functionNames(next.tree)) ?? (await routineRefusal(connection, next.tree));
    if (refusal) return `${refusal}${where}`;
    const relations = nodesOfKind(next.tree, 'RangeVar').map(({ schemaname, relname = '' }) =>
      [schemaname, relname]
        .filter((part) => part !== undefined)
        .map(quoted)
        .join('.'),
    );
    const fresh = [...new Set(relations)].filter((name) => !seen.has(name));
    for (const name of fresh) seen.add(name);
    for (const { kind, name, definition } of await relationFacts(connection, fresh)) {
      if (kind === 'f') return `it reads the foreign table ${name}${where}`;
      if (definition === null) continue;
      const place = kind === 'v' ? `the view ${name}` : `a row security policy of ${name}`;
      const inner = parseStatement(definition);
      if (!inner) return `${place} cannot be parsed`;
      pending.push({ tree: inner, where: ` (in ${place})` });
    }
  }
  return undefined;
}

async function routineRefusal(connection: Connection, tree: ParseResult): Promise<string | undefined> {
  const names = functionNames(tree);
  const fields = nodesOfKind(tree, 'ColumnRef').map((column) => nameParts(column.fields).at(-1) ?? '');
  const selections = nodesOfKind(tree, 'A_Indirection').flatMap(({ indirection }) => nameParts(indirection));
  let called = await routineFacts(connection, names, operatorNames(tree), [...new Set([...fields, ...selections])]);
  const writer = called.find(({ name, volatile }) => volatile && !isHarmless(name));
  if (writer) return `it calls ${shownName(writer)}, which is volatile and may write`;
  // What those call in turn cannot write in a READ ONLY transaction, but might still lock, signal or call out.
  const seen = new Set<string>();
  while (called.length > 0) {
    const inside = new Map<string, readonly string[]>();
    for (const routine of called) {
      if (routine.builtIn) continue;
      const denied = deniedWithin(routine.source);
      if (denied) return `it calls ${shownName(routine)}, which calls ${denied}()`;
      for (const parts of calledWithin(routine.source)) inside.set(parts.join('.'), parts);
    }
    const fresh = [...inside].filter(([name]) => !seen.has(name));
    for (const [name] of fresh) seen.add(name);
    called =
      fresh.length === 0
        ? []
        : await routineFacts(
            connection,
            fresh.map(([, parts]) => parts),
          );
  }
  return undefined;
}

function shownName({ builtIn, schema, name }: RoutineFacts): string {
  return builtIn ? `${name}()` : `${schema}.${name}()`;
}

async function routineFacts(
  connection: Connection,
  names: readonly (readonly string[])[],
  operators: readonly string[] = [],
  fields: readonly string[] = [],
): Promise<readonly RoutineFacts[]> {
  const rows = await connection.run(routines, [
    arrayText(names.map((parts) => parts.at(-1) ?? '')),
    arrayText(names.map((parts) => parts.at(-2) ?? null)),
    arrayText(operators),
    arrayText(fields),
  ]);
  return rows.map(([json]) => JSON.parse(json ?? '{}') as RoutineFacts);
}

async function relationFacts(connection: Connection, names: readonly string[]): Promise<readonly RelationFacts[]> {
  if (names.length === 0) return [];
  const rows = await connection.run(relations, [arrayText(names)]);
  return rows.map(([json]) => JSON.parse(json ?? '{}') as RelationFacts);
}

// An aggregate itself is never volatile: the functions that it is made of may be. `row.name` calls name(row). The
// body of BEGIN ATOMIC stands in the definition only.
const routines = `
  WITH called AS (
    SELECT p.oid FROM unnest($1::text[], $2::text[]) AS wanted (name, schema)
      JOIN pg_catalog.pg_proc p ON p.proname = wanted.name
      JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE CASE WHEN wanted.schema IS NULL THEN pg_catalog.pg_function_is_visible(p.oid) ELSE n.nspname = wanted.schema END
    UNION
    SELECT o.oprcode FROM pg_catalog.pg_operator o
    WHERE o.oprname = ANY ($3::text[]) AND o.oprnamespace <> 'pg_catalog'::regnamespace
    UNION
    SELECT p.oid FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_type t ON t.oid = p.proargtypes[0]
    WHERE p.proname = ANY ($4::text[]) AND p.pronargs = 1 AND t.typtype = 'c'
  ), parts AS (
    SELECT oid FROM called
    UNION
    SELECT part FROM called JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = called.oid,
      unnest(ARRAY[a.aggtransfn, a.aggfinalfn, a.aggcombinefn]::oid[]) AS part
  )
  SELECT json_build_object('name', p.proname, 'schema', n.nspname, 'builtIn', n.nspname = 'pg_catalog',
    'volatile', p.provolatile = 'v', 'source', CASE WHEN n.nspname <> 'pg_catalog' AND p.prokind IN ('f', 'w')
      THEN pg_catalog.pg_get_functiondef(p.oid) ELSE p.prosrc END)
  FROM parts JOIN pg_catalog.pg_proc p USING (oid) JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  ORDER BY p.oid`;

const relations = `
  SELECT json_build_object('kind', c.relkind, 'name', c.oid::regclass::text,
    'definition', CASE WHEN c.relkind = 'v' THEN pg_catalog.pg_get_viewdef(c.oid) ELSE (
      SELECT 'SELECT ' || string_agg(pg_catalog.pg_get_expr(polqual, polrelid), ', ') FROM pg_catalog.pg_policy
      WHERE polrelid = c.oid AND polcmd IN ('r', '*')) END)
  FROM unnest($1::text[]) AS wanted (name) JOIN pg_catalog.pg_class c ON c.oid = to_regclass(wanted.name)`;

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
