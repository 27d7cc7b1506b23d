import type { Connection } from './connection.ts';

/** What must be known of a table before writes to it are tried on a copy. */
export interface WriteTable {
  /** Quoted where needed. */
  readonly sqlName: string;
  /** Columns whose default is never the same twice (`gen_random_uuid()`). */
  readonly randomColumns: readonly string[];
  readonly sequences: readonly Sequence[];
}

interface Sequence {
  readonly name: string;
  readonly lastValue: string;
  readonly isCalled: boolean;
}

interface Facts {
  readonly sqlName: string;
  readonly kind: string;
  readonly estimatedRows: number;
  readonly triggers: boolean;
  readonly functions: boolean;
  readonly randomColumns: readonly string[];
  readonly sequences: readonly string[];
}

/** More rows than this are not compared. */
const maxRows = 500_000;

/**
 * Facts of the table behind a name as written in a statement, or why writes to it are not tried: what its triggers or
 * the functions of its defaults do might reach beyond the copy.
 *
 * @param written - parts of the name, `['app', 'orders']`
 */
export async function readWriteTable(
  copy: Connection,
  written: readonly string[],
): Promise<WriteTable | { readonly reason: string }> {
  const quoted = written.map((part) => `"${part.replaceAll('"', '""')}"`).join('.');
  const [row] = await copy.run(query, [quoted]);
  if (!row) return { reason: 'its table does not exist' };
  const { sqlName, randomColumns, ...facts } = JSON.parse(row[0] ?? '{}') as Facts;
  if (facts.kind !== 'r' && facts.kind !== 'p') return { reason: 'it writes to something that is no table' };
  if (facts.triggers) return { reason: 'it reaches a table with triggers or rules, which may reach beyond a copy' };
  if (facts.functions) return { reason: 'its table calls functions of its own, which may reach beyond a copy' };
  if (facts.estimatedRows > maxRows) return { reason: `its table has more than ${maxRows} rows to be compared` };
  const sequences: Sequence[] = [];
  for (const name of facts.sequences) {
    const [state] = await copy.run(`SELECT last_value, is_called FROM ${name}`);
    sequences.push({ name, lastValue: state?.[0] ?? '1', isCalled: state?.[1] === 't' });
  }
  return { sqlName, randomColumns, sequences };
}

// Functions that come with PostgreSQL are pinned: what depends on them leaves no trace in pg_depend. A write reaches the
// partitions of its table, and by the actions of foreign keys (CASCADE, SET NULL) the tables that refer to it.
const query = `
  WITH RECURSIVE reached (oid) AS (
    SELECT to_regclass($1)::oid
    UNION
    SELECT next.oid FROM reached, LATERAL (
      SELECT conrelid AS oid FROM pg_constraint
      WHERE contype = 'f' AND confrelid = reached.oid
        AND (confdeltype IN ('c', 'n', 'd') OR confupdtype IN ('c', 'n', 'd'))
      UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = reached.oid) AS next)
  SELECT json_build_object(
    'sqlName', format('%I.%I', n.nspname, c.relname),
    'kind', c.relkind,
    'estimatedRows', greatest(c.reltuples, 0),
    'triggers', EXISTS (SELECT FROM pg_trigger t JOIN reached ON reached.oid = t.tgrelid WHERE NOT t.tgisinternal)
      OR EXISTS (SELECT FROM pg_rewrite r JOIN reached ON reached.oid = r.ev_class),
    'functions', EXISTS (
      SELECT FROM pg_depend d
      WHERE d.refclassid = 'pg_proc'::regclass AND (
        d.classid = 'pg_attrdef'::regclass AND d.objid IN (SELECT oid FROM pg_attrdef WHERE adrelid = c.oid)
        OR d.classid = 'pg_constraint'::regclass AND d.objid IN (SELECT oid FROM pg_constraint WHERE conrelid = c.oid)
        OR d.classid = 'pg_class'::regclass AND d.objid IN (SELECT indexrelid FROM pg_index WHERE indrelid = c.oid))),
    'randomColumns', (
      SELECT coalesce(json_agg(a.attname), '[]')
      FROM pg_attrdef ad JOIN pg_attribute a ON a.attrelid = ad.adrelid AND a.attnum = ad.adnum
      WHERE ad.adrelid = c.oid AND pg_get_expr(ad.adbin, ad.adrelid) ~ '(random|uuid|clock_timestamp|statement_timestamp|timeofday)'),
    'sequences', (
      SELECT coalesce(json_agg(DISTINCT format('%I.%I', sn.nspname, s.relname)), '[]')
      FROM pg_depend d JOIN pg_class s ON s.oid IN (d.objid, d.refobjid) AND s.relkind = 'S'
        JOIN pg_namespace sn ON sn.oid = s.relnamespace
      WHERE (d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid)
        OR (d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass
          AND d.objid IN (SELECT oid FROM pg_attrdef WHERE adrelid = c.oid))))
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid = to_regclass($1)`;
