import { arrayText } from './array-text.ts';
import type { Connection } from './connection.ts';
import { inReadOnlyTransaction } from './read-only.ts';
import { nodesOfKind } from './tree-nodes.ts';

/** What the catalogue tells about one table that a statement names. */
export interface TableFacts {
  /** As written in the statement: `orders` or `app.orders`. */
  readonly writtenAs: string;
  /** The name alone, as plans show it. */
  readonly name: string;
  /** Quoted where needed, with its schema unless the search path finds it. */
  readonly sqlName: string;
  readonly kind: 'table' | 'partitioned' | 'other';
  readonly estimatedRows: number;
  readonly columns: readonly ColumnFacts[];
  readonly indexes: readonly IndexFacts[];
}

interface ColumnFacts {
  readonly name: string;
  /** Quoted where needed. */
  readonly sqlName: string;
  /** As `format_type` writes it. */
  readonly type: string;
  /** Whether a B-tree can hold it. */
  readonly ordered: boolean;
  /** Bytes of a value on the mean; `null` or left out where it was never analysed. */
  readonly width?: number | null;
}

/** An index that is valid and holds every row. */
export interface IndexFacts {
  readonly name: string;
  readonly unique: boolean;
  readonly btree: boolean;
  /** Key columns in order, `null` for an expression. */
  readonly columns: readonly (string | null)[];
}

/** Facts of each table that `tree` names and that exists; rejects as a statement does where a table stays locked. */
export async function readTableFacts(connection: Connection, tree: unknown): Promise<readonly TableFacts[]> {
  const written = nodesOfKind(tree, 'RangeVar').map(({ schemaname, relname = '' }) =>
    JSON.stringify(schemaname === undefined ? [relname] : [schemaname, relname]),
  );
  const names = [...new Set(written)].map((name) => JSON.parse(name) as readonly string[]);
  const values = [
    arrayText(names.map((parts) => parts.join('.'))),
    arrayText(names.map((parts) => parts.map((part) => `"${part.replaceAll('"', '""')}"`).join('.'))),
  ];
  // The size of a table waits for whoever has locked it.
  const rows = await inReadOnlyTransaction(connection, () => connection.run(query, values));
  return rows.map(([json]) => JSON.parse(json ?? '{}') as TableFacts);
}

// A table that was never analysed has no row count: 100 bytes a row then give its order of magnitude.
const query = `
  SELECT json_build_object(
    'writtenAs', wanted.written, 'name', c.relname,
    'sqlName', CASE WHEN pg_table_is_visible(c.oid) THEN quote_ident(c.relname) ELSE format('%I.%I', n.nspname, c.relname) END,
    'kind', CASE c.relkind WHEN 'r' THEN 'table' WHEN 'm' THEN 'table' WHEN 'p' THEN 'partitioned' ELSE 'other' END,
    'estimatedRows', CASE WHEN c.reltuples > 0 THEN c.reltuples::float8
      WHEN c.relkind IN ('r', 'm') THEN pg_relation_size(c.oid) / 100 ELSE 0 END,
    'columns', (
      SELECT coalesce(json_agg(json_build_object('name', a.attname, 'sqlName', quote_ident(a.attname),
        'type', format_type(a.atttypid, a.atttypmod),
        'width', CASE WHEN a.attlen > 0 THEN a.attlen ELSE (SELECT s.avg_width FROM pg_stats s
          WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname AND NOT s.inherited) END,
        'ordered', t.typcategory <> 'G' AND t.typname NOT IN ('json', 'xml')) ORDER BY a.attnum), '[]')
      FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    'indexes', (
      SELECT coalesce(json_agg(json_build_object('name', ic.relname, 'unique', i.indisunique, 'btree', am.amname = 'btree',
        'columns', (
          SELECT json_agg(a.attname ORDER BY k.position)
          FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, position)
            LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0
          WHERE k.position <= i.indnkeyatts))), '[]')
      FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am am ON am.oid = ic.relam
      WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL))
  FROM unnest($1::text[], $2::text[]) AS wanted (written, quoted)
    JOIN pg_class c ON c.oid = to_regclass(wanted.quoted) JOIN pg_namespace n ON n.oid = c.relnamespace`;
