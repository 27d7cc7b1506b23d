import { arrayText } from './array-text.ts';
import type { Connection } from './connection.ts';
import type { SqlMentions } from './sql-mentions.ts';

/** A function that a piece of SQL may run: called by name, as an operator or a cast, or as a part of an aggregate. */
export interface RoutineFacts {
  readonly oid: string;
  readonly name: string;
  readonly schema: string;
  /** Came with the server. */
  readonly builtIn: boolean;
  /** Belongs to an extension. */
  readonly extension: boolean;
  readonly volatile: boolean;
  readonly language: string;
  /** The statement that makes it; `null` for what came with the server, and for parts of aggregates that have none. */
  readonly definition: string | null;
  /** It looks names up in other schemas than its caller. */
  readonly ownPath: boolean;
}

export interface RelationFacts {
  readonly oid: string;
  readonly name: string;
  /** It is a foreign table, or has one among its partitions and heirs. */
  readonly foreign: boolean;
  /** What the server runs or works out when the relation is used. */
  readonly parts: readonly {
    readonly kind: 'view' | 'policy' | 'write-policy' | 'default' | 'expression' | 'rule' | 'trigger' | 'reached';
    readonly sql: string;
  }[];
}

/** The check of a domain that a value may have to pass. */
export interface DomainCheck {
  readonly oid: string;
  readonly domain: string;
  readonly sql: string;
}

/**
 * What the catalogue holds behind the names. An overload counts for its name: which one is meant depends on the types
 * of the arguments.
 */
export interface CatalogFacts {
  readonly routines: readonly RoutineFacts[];
  readonly relations: readonly RelationFacts[];
  readonly checks: readonly DomainCheck[];
}

interface Lookup {
  /** Names without a schema may mean what is in any. */
  readonly anySchema: boolean;
  /** Types of bound values. */
  readonly typeOids?: readonly number[];
}

/** Reads what `mentions` may mean, in three statements. */
export async function readCatalogFacts(
  connection: Connection,
  mentions: SqlMentions,
  { anySchema, typeOids = [] }: Lookup,
): Promise<CatalogFacts> {
  const { functions, operators, fields } = mentions;
  const types = await connection.run(typesQuery, [...namesAndSchemas(mentions.types), arrayText(typeOids.map(String))]);
  const [reached, ...checks] = parsed<{ readonly types?: readonly string[] } & DomainCheck>(types);
  const routines = await connection.run(routinesQuery, [
    ...namesAndSchemas(functions),
    arrayText(operators),
    arrayText(fields),
    arrayText(reached?.types ?? []),
    String(anySchema),
  ]);
  const relations = await connection.run(relationsQuery, [...namesAndSchemas(mentions.relations), String(anySchema)]);
  return { routines: parsed(routines), relations: parsed(relations), checks };
}

function namesAndSchemas(names: readonly (readonly string[])[]): readonly [string, string] {
  return [arrayText(names.map((parts) => parts.at(-1) ?? '')), arrayText(names.map((parts) => parts.at(-2) ?? null))];
}

function parsed<T>(rows: readonly (readonly (string | null)[])[]): readonly T[] {
  return rows.map(([json]) => JSON.parse(json ?? '{}') as T);
}

// Objects below 16384 came with the server: FirstNormalObjectId in
// https://github.com/postgres/postgres/blob/master/src/include/access/transam.h

// The types that are named, and those of which they are made; then the checks of the domains among them.
const typesQuery = `
  WITH RECURSIVE reached (oid) AS (
    SELECT * FROM (
      SELECT t.oid FROM unnest($1::text[], $2::text[]) AS wanted (name, schema)
        JOIN pg_catalog.pg_type t ON t.typname = wanted.name
        JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
      WHERE wanted.schema IS NULL OR n.nspname = wanted.schema
      UNION SELECT unnest($3::text[])::oid
    ) AS named
    UNION
    SELECT made.part FROM reached JOIN pg_catalog.pg_type t ON t.oid = reached.oid, LATERAL (
      SELECT t.typelem UNION ALL SELECT t.typbasetype
      UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid
      UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a
        WHERE t.typrelid <> 0 AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
    ) AS made (part)
    WHERE made.part <> 0
  )
  SELECT json_build_object('types', (SELECT coalesce(json_agg(oid::text), '[]') FROM reached))
  UNION ALL
  SELECT json_build_object('oid', c.oid::text, 'domain', c.contypid::regtype::text,
    'sql', 'SELECT ' || pg_catalog.pg_get_expr(c.conbin, 0))
  FROM reached JOIN pg_catalog.pg_constraint c ON c.contypid = reached.oid WHERE c.contype = 'c'`;

// An aggregate itself is never volatile: the functions that it is made of may be. The planner may put the negator or
// the commutator in the place of an operator, and comparisons stand in no text where CASE, IN, USING or BETWEEN
// make them. A row's function may be written as its column.
const routinesQuery = `
  WITH operators AS (
    SELECT o.oid, o.oprcode, o.oprnegate, o.oprcom FROM pg_catalog.pg_operator o
    WHERE o.oid >= 16384 AND (o.oprname = ANY ($3::text[])
      OR (o.oprname IN ('=', '<>', '<', '>', '<=', '>=') AND pg_catalog.pg_operator_is_visible(o.oid)))
  ), called AS (
    SELECT p.oid FROM unnest($1::text[], $2::text[]) AS wanted (name, schema)
      JOIN pg_catalog.pg_proc p ON p.proname = wanted.name
      JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE CASE WHEN wanted.schema IS NULL THEN $6::bool OR pg_catalog.pg_function_is_visible(p.oid)
      ELSE n.nspname = wanted.schema END
    UNION
    SELECT oprcode::oid FROM operators
    UNION
    SELECT o.oprcode::oid FROM operators
      JOIN pg_catalog.pg_operator o ON o.oid IN (operators.oprnegate, operators.oprcom)
    UNION
    SELECT p.oid FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_type t ON t.oid = p.proargtypes[0]
    WHERE p.proname = ANY ($4::text[]) AND p.pronargs - p.pronargdefaults <= 1 AND t.typtype IN ('c', 'd', 'p')
    UNION
    SELECT c.castfunc FROM pg_catalog.pg_cast c
    WHERE c.oid >= 16384 AND c.castfunc <> 0
      AND (c.castcontext <> 'e' OR c.casttarget::text = ANY ($5::text[]))
  ), parts AS (
    SELECT oid FROM called
    UNION
    SELECT part FROM called JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = called.oid,
      unnest(ARRAY[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,
        a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]::oid[]) AS part
  )
  SELECT json_build_object('oid', p.oid::text, 'name', p.proname, 'schema', n.nspname, 'builtIn', p.oid < 16384,
    'extension', EXISTS (SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'),
    'volatile', p.provolatile = 'v', 'language', l.lanname,
    'definition', CASE WHEN p.oid >= 16384 AND p.prokind IN ('f', 'w') THEN pg_catalog.pg_get_functiondef(p.oid) END,
    'ownPath', EXISTS (SELECT FROM unnest(p.proconfig) AS setting WHERE setting LIKE 'search\\_path=%'))
  FROM parts JOIN pg_catalog.pg_proc p ON p.oid = parts.oid JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  ORDER BY p.oid`;

// What runs with a write where it is executed: triggers with their conditions, and whatever hangs on the partitions and on
// the tables that the actions of foreign keys reach.
// Besides the query of a view and the conditions of row security, the planner works out what does not depend on a row
// in defaults, checks, and the expressions of indexes.
const relationsQuery = `
  WITH found AS (
    SELECT DISTINCT c.oid, c.relkind FROM unnest($1::text[], $2::text[]) AS wanted (name, schema)
      JOIN pg_catalog.pg_class c ON c.relname = wanted.name
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND CASE WHEN wanted.schema IS NULL
      THEN $3::bool OR pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = wanted.schema END
  )
  SELECT json_build_object('oid', found.oid::text, 'name', found.oid::regclass::text,
    'foreign', EXISTS (
      WITH RECURSIVE family (oid) AS (
        SELECT found.oid UNION SELECT i.inhrelid FROM family JOIN pg_catalog.pg_inherits i ON i.inhparent = family.oid)
      SELECT FROM family JOIN pg_catalog.pg_class c ON c.oid = family.oid WHERE c.relkind = 'f'),
    'parts', (SELECT coalesce(json_agg(json_build_object('kind', kind, 'sql', sql)), '[]') FROM (
      SELECT 'view', pg_catalog.pg_get_viewdef(found.oid) WHERE found.relkind = 'v'
      UNION ALL
      SELECT CASE WHEN p.polcmd IN ('r', '*') THEN 'policy' ELSE 'write-policy' END,
        'SELECT ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid)
      FROM pg_catalog.pg_policy p WHERE p.polrelid = found.oid AND p.polqual IS NOT NULL
      UNION ALL
      SELECT 'write-policy', 'SELECT ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)
      FROM pg_catalog.pg_policy p WHERE p.polrelid = found.oid AND p.polwithcheck IS NOT NULL
      UNION ALL
      SELECT 'rule', pg_catalog.pg_get_ruledef(r.oid) FROM pg_catalog.pg_rewrite r
      WHERE r.ev_class = found.oid AND r.ev_type <> '1'
      UNION ALL
      SELECT 'default', 'SELECT ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d
      WHERE d.adrelid = found.oid
      UNION ALL
      SELECT 'expression', 'SELECT ' || pg_catalog.pg_get_expr(c.conbin, c.conrelid) FROM pg_catalog.pg_constraint c
      WHERE c.conrelid = found.oid AND c.contype = 'c'
      UNION ALL
      SELECT 'expression', 'SELECT ' || pg_catalog.pg_get_expr(i.indexprs, i.indrelid) FROM pg_catalog.pg_index i
      WHERE i.indrelid = found.oid AND i.indexprs IS NOT NULL
      UNION ALL
      SELECT 'expression', 'SELECT ' || pg_catalog.pg_get_expr(i.indpred, i.indrelid) FROM pg_catalog.pg_index i
      WHERE i.indrelid = found.oid AND i.indpred IS NOT NULL
      UNION ALL
      SELECT 'trigger', format('SELECT %I.%I()', n.nspname, f.proname) FROM pg_catalog.pg_trigger t
      JOIN pg_catalog.pg_proc f ON f.oid = t.tgfoid JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace
      WHERE t.tgrelid = found.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D'
      UNION ALL
      SELECT 'trigger', pg_catalog.pg_get_triggerdef(t.oid) FROM pg_catalog.pg_trigger t
      WHERE t.tgrelid = found.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgqual IS NOT NULL
      UNION ALL
      SELECT 'reached', format('SELECT FROM %I.%I', n.nspname, r.relname) FROM (
        SELECT k.conrelid AS oid FROM pg_catalog.pg_constraint k
        WHERE k.contype = 'f' AND k.confrelid = found.oid
          AND (k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd'))
        UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i WHERE i.inhparent = found.oid) AS next
      JOIN pg_catalog.pg_class r ON r.oid = next.oid JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
    ) AS p (kind, sql)))
  FROM found`;
