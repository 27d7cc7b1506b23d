import type { WriteChange, WriteCost } from '../../model/table-state.ts';
import { median } from '../../stats/summary.ts';
import { catalogRefusal } from './catalog-safety.ts';
import { type Connection, describeRefusal, sqlState } from './connection.ts';
import { explainText } from './parameter-binding.ts';
import { parseStatement } from './statement.ts';

const sampleRows = 1_000;
/** Besides one to warm up, which pays for the page images after a checkpoint. */
const pairs = 5;
const sample = 'chokepoint_rows';
const exchanged = 'chokepoint_exchanged';

/**
 * What an index costs the writes: to insert a thousand rows of the table again, and to exchange the values of its
 * columns among them, each with the index and without it in turns, so that what disturbs the machine disturbs both.
 *
 * For a scratch copy alone. Triggers, foreign keys and checks are taken off, in a transaction that is rolled back: what
 * remains is the table and its indexes.
 *
 * @param sqlName - the table, quoted where needed
 * @param index - likewise
 * @param columns - those of the index, by name
 */
export async function measureWriteCost(
  copy: Connection,
  sqlName: string,
  index: string,
  columns: readonly string[],
): Promise<WriteCost | { readonly reason: string }> {
  try {
    const facts = await readWritable(copy, sqlName);
    if ('reason' in facts) return facts;
    return await inRolledBackTransaction(copy, async () => {
      for (const sql of facts.bare) await copy.run(sql);
      const rows = await takeSample(copy, sqlName, facts);
      if (rows === 0) return { reason: 'the table is empty' };
      const names = facts.columns.join(', ');
      const insert = await changeOf(copy, rows, index, {
        before: `DELETE FROM ${sqlName} WHERE ctid IN (SELECT chokepoint_ctid FROM ${sample})`,
        sql: `INSERT INTO ${sqlName} (${names}) OVERRIDING SYSTEM VALUE SELECT ${names} FROM ${sample}`,
      });
      if (columns.length === 0) return { insert };
      const sql = await prepareExchange(copy, sqlName, columns);
      const update = await changeOf(copy, rows, index, { sql }).catch((error: unknown) => {
        if (sqlState(error) === undefined) throw error;
        return undefined;
      });
      return { insert, ...(update ? { update } : {}) };
    });
  } catch (error) {
    return { reason: describeRefusal(error) };
  } finally {
    // Dead rows of what was rolled back would slow down whatever is read next.
    await copy.run(`VACUUM ${sqlName}`).catch((error: unknown) => {
      if (sqlState(error) === undefined) throw error;
    });
  }
}

interface Writable {
  /** Quoted; without those that the server computes. */
  readonly columns: readonly string[];
  readonly estimatedRows: number;
  /** Statements that take off what would act on others. */
  readonly bare: readonly string[];
}

async function readWritable(copy: Connection, sqlName: string): Promise<Writable | { readonly reason: string }> {
  const [row] = await copy.run(writableQuery, [sqlName]);
  const { rules, computed, ...writable } = JSON.parse(row?.[0] ?? '{}') as Writable & {
    readonly rules: number;
    readonly computed: readonly string[];
  };
  if (rules > 0) return { reason: 'the table has rules' };
  // Expressions of indexes and of computed columns are worked out with each row.
  const tree = computed.length === 0 ? undefined : parseStatement(`SELECT ${computed.join(', ')}`);
  const refusal = tree && (await catalogRefusal(copy, tree, 'executed'));
  return refusal ? { reason: refusal } : writable;
}

async function takeSample(copy: Connection, sqlName: string, { columns, estimatedRows }: Writable): Promise<number> {
  // A few more than are wanted, since the sampling is by chance.
  const percent = Math.min(100, (sampleRows * 150) / Math.max(1, estimatedRows));
  await copy.run(
    `CREATE TEMP TABLE ${sample} ON COMMIT DROP AS SELECT ctid AS chokepoint_ctid, ${columns.join(', ')}
     FROM ${sqlName} TABLESAMPLE BERNOULLI (${percent}) REPEATABLE (1) LIMIT ${sampleRows}`,
  );
  const [row] = await copy.run(`SELECT count(*) FROM ${sample}`);
  return Number(row?.[0] ?? 0);
}

/** Makes a table that gives each sampled row the values of another one, and the update that writes them. */
async function prepareExchange(copy: Connection, sqlName: string, columns: readonly string[]): Promise<string> {
  const quoted = columns.map((name) => `"${name.replaceAll('"', '""')}"`);
  const others = quoted.map(
    (name, index) => `coalesce(lead(${name}) OVER w, first_value(${name}) OVER w) AS chokepoint_${index}`,
  );
  await copy.run(
    `CREATE TEMP TABLE ${exchanged} ON COMMIT DROP AS
     SELECT chokepoint_ctid, ${others.join(', ')} FROM ${sample} WINDOW w AS (ORDER BY chokepoint_ctid)`,
  );
  // With its size the planner looks the rows up by their place, instead of reading the whole table.
  await copy.run(`ANALYZE ${exchanged}`);
  const set = quoted.map((name, index) => `${name} = other.chokepoint_${index}`);
  return `UPDATE ${sqlName} AS t SET ${set.join(', ')} FROM ${exchanged} AS other WHERE t.ctid = other.chokepoint_ctid`;
}

interface Writes {
  readonly before?: string;
  readonly sql: string;
}

interface Cost {
  readonly ms: number;
  readonly walBytes: number;
}

async function changeOf(copy: Connection, rows: number, index: string, writes: Writes): Promise<WriteChange> {
  const withIt: Cost[] = [];
  const without: Cost[] = [];
  for (let pair = 0; pair <= pairs; pair++) {
    withIt.push(await undone(copy, () => costOf(copy, writes)));
    without.push(
      await undone(copy, async () => {
        await copy.run(`DROP INDEX ${index}`);
        return costOf(copy, writes);
      }),
    );
  }
  const perThousand = (values: readonly number[]) => ((median(values.slice(1)) ?? 0) * 1_000) / rows;
  const part = (key: keyof Cost) => {
    const least = perThousand(without.map((cost) => cost[key]));
    // The difference within each pair: the two medians may be of different moments.
    const more = perThousand(withIt.map((cost, pair) => cost[key] - (without[pair]?.[key] ?? 0)));
    return { without: least, with: Math.max(0, least + more) };
  };
  const [time, wal] = [part('ms'), part('walBytes')];
  return { withoutMs: time.without, withMs: time.with, withoutWalBytes: wal.without, withWalBytes: wal.with };
}

async function costOf(copy: Connection, { before, sql }: Writes): Promise<Cost> {
  if (before !== undefined) await copy.run(before);
  const explained = await copy.run(`EXPLAIN (ANALYZE, WAL, TIMING OFF, FORMAT JSON) ${sql}`);
  const [result] = JSON.parse(explainText(explained)) as readonly Readonly<Record<string, unknown>>[];
  const plan = result?.Plan as Readonly<Record<string, unknown>> | undefined;
  return { ms: Number(result?.['Execution Time'] ?? 0), walBytes: Number(plan?.['WAL Bytes'] ?? 0) };
}

async function undone<T>(copy: Connection, work: () => Promise<T>): Promise<T> {
  await copy.run('SAVEPOINT chokepoint_writes');
  try {
    return await work();
  } finally {
    await copy.run('ROLLBACK TO SAVEPOINT chokepoint_writes');
  }
}

async function inRolledBackTransaction<T>(copy: Connection, work: () => Promise<T>): Promise<T> {
  await copy.run('BEGIN');
  try {
    await copy.run(`SELECT set_config('lock_timeout', '1000', true)`);
    return await work();
  } finally {
    await copy.run('ROLLBACK');
  }
}

const writableQuery = `
  SELECT json_build_object(
    'columns', (SELECT json_agg(quote_ident(attname) ORDER BY attnum) FROM pg_attribute
      WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''),
    'estimatedRows', greatest(c.reltuples, 0),
    'rules', (SELECT count(*) FROM pg_rewrite WHERE ev_class = c.oid),
    'computed', (SELECT coalesce(json_agg(expression), '[]') FROM (
      SELECT pg_get_expr(indexprs, indrelid) FROM pg_index WHERE indrelid = c.oid AND indexprs IS NOT NULL
      UNION ALL SELECT pg_get_expr(indpred, indrelid) FROM pg_index WHERE indrelid = c.oid AND indpred IS NOT NULL
      UNION ALL SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef
        JOIN pg_attribute a ON a.attrelid = adrelid AND a.attnum = adnum AND a.attgenerated <> ''
      WHERE adrelid = c.oid) AS e (expression)),
    'bare', (SELECT coalesce(json_agg(sql), '[]') FROM (
      SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
      WHERE (conrelid = c.oid OR confrelid = c.oid) AND contype IN ('f', 'c') AND conparentid = 0
      UNION ALL SELECT format('ALTER TABLE %s DISABLE TRIGGER USER', c.oid::regclass)) AS b (sql)))
  FROM pg_class c WHERE c.oid = to_regclass($1)`;
