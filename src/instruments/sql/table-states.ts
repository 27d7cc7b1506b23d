import type { IndexState, TableState } from '../../model/table-state.ts';
import { arrayText } from './array-text.ts';
import type { Connection } from './connection.ts';
import { inReadOnlyTransaction } from './read-only.ts';

interface IndexRow extends IndexState {
  readonly oid: string;
  readonly method: string;
  readonly predicate: string;
  /** Collation, operator class and direction of each key column. */
  readonly ways: readonly string[];
  readonly include: readonly string[];
}

interface TableRow extends Omit<TableState, 'indexes'> {
  readonly indexes: readonly IndexRow[];
}

/**
 * How the tables of captured statements stand: statistics, indexes and their use, foreign keys to them without an
 * index. Catalogues of the server are left out.
 *
 * @param names - as statements have them, `orders` or `app.orders`
 */
export async function readTableStates(
  connection: Connection,
  names: readonly string[],
): Promise<readonly TableState[]> {
  const quoted = [...new Set(names)].map((name) =>
    name
      .split('.')
      .map((part) => `"${part.replaceAll('"', '""')}"`)
      .join('.'),
  );
  // The size of an index waits for whoever has locked it.
  const rows = await inReadOnlyTransaction(connection, () => connection.run(query, [arrayText(quoted)]));
  return rows.map(([json]) => toState(JSON.parse(json ?? '{}') as TableRow));
}

function toState({ indexes: rows, ...table }: TableRow): TableState {
  const indexes = rows.map(withoutNulls);
  return {
    ...withoutNulls(table),
    indexes: indexes.map((index) => {
      const { oid: _, method: __, predicate: ___, ways: ____, include: _____, ...state } = index;
      const covering = indexes.find((other) => other !== index && covers(other, index));
      return { ...state, ...(covering ? { coveredBy: covering.name } : {}) };
    }),
  };
}

/** Whether whatever `index` finds `other` finds as well: it begins with its columns. Of two equals the older one covers. */
function covers(other: IndexRow, index: IndexRow): boolean {
  if (other.method !== 'btree' || index.method !== 'btree' || other.predicate !== index.predicate) return false;
  if (index.columns.includes(null) || other.columns.length < index.columns.length) return false;
  const begins = index.columns.every(
    (column, position) => other.columns[position] === column && other.ways[position] === index.ways[position],
  );
  if (!begins || !index.include.every((column) => [...other.columns, ...other.include].includes(column))) return false;
  const equal = other.columns.length === index.columns.length && other.include.length === index.include.length;
  return !equal || other.keptFor !== undefined || Number(other.oid) < Number(index.oid);
}

function withoutNulls<T extends object>(row: T): T {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as T;
}

// Columns of an index whose table refers to another by them make deletes there fast, which nobody may have done yet.
// The statistics of this moment: a session sees others' counts some hundred milliseconds after they were made.
const query = `
  WITH wanted AS (
    SELECT DISTINCT c.oid, c.relname, n.nspname, c.reltuples, c.relkind
    FROM unnest($1::text[]) AS written (name)
      JOIN pg_class c ON c.oid = to_regclass(written.name) JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm', 'p') AND c.oid >= 16384
  )
  SELECT json_build_object(
    'table', CASE WHEN pg_table_is_visible(t.oid) THEN t.relname ELSE t.nspname || '.' || t.relname END,
    'estimatedRows', greatest(t.reltuples, 0)::float8,
    'analyzedAt', to_char(greatest(s.last_analyze, s.last_autoanalyze) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'changedRows', coalesce(s.n_mod_since_analyze, 0),
    'countedSince', (SELECT to_char(stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
      FROM pg_stat_database WHERE datname = current_database()),
    'indexes', (
      SELECT coalesce(json_agg(json_build_object(
        'oid', i.indexrelid::text, 'name', ic.relname, 'definition', pg_get_indexdef(i.indexrelid),
        'method', am.amname, 'predicate', coalesce(pg_get_expr(i.indpred, i.indrelid), ''),
        'columns', (SELECT json_agg(a.attname ORDER BY k.position)
          FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, position)
            LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0
          WHERE k.position <= i.indnkeyatts),
        'include', (SELECT coalesce(json_agg(a.attname ORDER BY k.position), '[]')
          FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, position)
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
          WHERE k.position > i.indnkeyatts),
        'ways', (SELECT json_agg(concat_ws(' ', way.coll, way.class, way.option) ORDER BY way.position)
          FROM unnest(i.indcollation::oid[], i.indclass::oid[], i.indoption::int2[])
            WITH ORDINALITY AS way (coll, class, option, position)),
        'keptFor', CASE
          WHEN EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid) THEN 'constraint'
          WHEN i.indisunique THEN 'uniqueness'
          WHEN i.indisreplident THEN 'replication'
          WHEN t.relkind = 'p' OR ic.relispartition THEN 'partitions'
          WHEN EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f' AND k.conrelid = i.indrelid
            AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey) THEN 'foreign key' END,
        'sizeBytes', pg_relation_size(i.indexrelid), 'scans', coalesce(u.idx_scan, 0)) ORDER BY i.indexrelid), '[]')
      FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am am ON am.oid = ic.relam
        LEFT JOIN pg_stat_user_indexes u ON u.indexrelid = i.indexrelid
      WHERE i.indrelid = t.oid AND i.indisvalid),
    'unindexedReferences', (
      SELECT coalesce(json_agg(json_build_object('name', k.conname, 'table', k.conrelid::regclass::text,
        'estimatedRows', greatest(child.reltuples, 0)::float8,
        'columns', named.columns,
        'ddl', format('CREATE INDEX CONCURRENTLY ON %s (%s)', k.conrelid::regclass, named.quoted)) ORDER BY k.oid), '[]')
      FROM pg_constraint k JOIN pg_class child ON child.oid = k.conrelid, LATERAL (
        SELECT json_agg(a.attname ORDER BY key.position) AS columns,
          string_agg(quote_ident(a.attname), ', ' ORDER BY key.position) AS quoted
        FROM unnest(k.conkey) WITH ORDINALITY AS key (attnum, position)
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = key.attnum) AS named
      WHERE k.contype = 'f' AND k.confrelid = t.oid AND k.conparentid = 0 AND NOT EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL
          AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)))
  FROM wanted t LEFT JOIN pg_stat_user_tables s ON s.relid = t.oid
  ORDER BY t.oid`;
