import { type Connection, connect, describeRefusal, sqlState } from './connection.ts';
import { describeStatement, loadParser } from './statement.ts';

/** What the server has counted of one statement. */
export interface CountedStatement {
  /** As the server keeps it: constants are `$n`. */
  readonly sql: string;
  readonly calls: number;
  /** Executing it, without planning and without the way to the client. */
  readonly totalMs: number;
  readonly rows: number;
}

/** The counts by the server's own id of each statement. */
export type StatisticsSnapshot = ReadonlyMap<string, CountedStatement>;

/** `pg_stat_statements` of one database, for all of its users. */
export interface StatementStatistics {
  snapshot(): Promise<StatisticsSnapshot>;
  close(): Promise<void>;
}

/** What stands in place of the text of another user's statement, for those who lack the role pg_read_all_stats. */
export const hiddenText = '<insufficient privilege>';

/**
 * Opens the statistics of the server, or says why there are none. Throws the failures of `connect`.
 *
 * Columns as they are since PostgreSQL 13: https://www.postgresql.org/docs/current/pgstatstatements.html
 */
export async function openStatistics(
  url: string,
  signal: AbortSignal,
): Promise<StatementStatistics | { readonly reason: string }> {
  await loadParser();
  const connection = await connect(url, signal);
  const unusable = async (reason: string) => {
    await connection.close();
    return { reason };
  };
  try {
    const [row] = await connection.run(
      `SELECT quote_ident(n.nspname), current_setting('server_version_num')
       FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'`,
    );
    if (!row) return await unusable('the database does not have the extension pg_stat_statements');
    if (Number(row[1]) < 130_000) return await unusable('pg_stat_statements is read from PostgreSQL 13 on');
    const statistics = { snapshot: () => read(connection, row[0] ?? 'public'), close: () => connection.close() };
    // Tells whether it can be read at all.
    await statistics.snapshot();
    return statistics;
  } catch (error) {
    await connection.close();
    // 55000: it was created, and not loaded by the server.
    if (sqlState(error) === '55000') return { reason: 'pg_stat_statements is not in shared_preload_libraries' };
    if (sqlState(error) === undefined) throw error;
    return { reason: `pg_stat_statements cannot be read: ${describeRefusal(error)}` };
  }
}

/**
 * Ours ask for the statistics themselves; a tag before a statement is not kept by every version. Statements that are
 * hidden have no id, and are one.
 */
async function read(connection: Connection, schema: string): Promise<StatisticsSnapshot> {
  const rows = await connection.run(
    `SELECT s.queryid::text, min(s.query), sum(s.calls)::text, sum(s.total_exec_time)::text, sum(s.rows)::text
     FROM ${schema}.pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
     WHERE d.datname = current_database() AND s.query NOT LIKE '%pg_stat_statements%'
     GROUP BY s.queryid`,
  );
  return new Map(
    rows.map(([id, sql, calls, totalMs, rowCount]) => [
      id ?? '',
      { sql: sql ?? '', calls: Number(calls), totalMs: Number(totalMs), rows: Number(rowCount) },
    ]),
  );
}

/** What ran between two snapshots. Of a statement that was thrown out and came again, what it was counted since. */
export function countedBetween(before: StatisticsSnapshot, after: StatisticsSnapshot): readonly CountedStatement[] {
  return [...after].flatMap(([id, { sql, calls, totalMs, rows }]) => {
    const was = before.get(id);
    const isSame = was !== undefined && was.calls <= calls;
    const added = calls - (isSame ? was.calls : 0);
    if (added <= 0) return [];
    return [
      {
        sql,
        calls: added,
        totalMs: Math.max(0, totalMs - (isSame ? was.totalMs : 0)),
        rows: rows - (isSame ? was.rows : 0),
      },
    ];
  });
}

/** The same by fingerprint: the server tells statements apart that differ in their casts or their lists alone. */
export function countedByFingerprint(counted: readonly CountedStatement[]): ReadonlyMap<string, CountedStatement> {
  const sums = new Map<string, CountedStatement>();
  for (const each of counted.filter(({ sql }) => sql !== hiddenText)) {
    const { fingerprint } = describeStatement(each.sql);
    const sum = sums.get(fingerprint);
    sums.set(
      fingerprint,
      sum
        ? { ...sum, calls: sum.calls + each.calls, totalMs: sum.totalMs + each.totalMs, rows: sum.rows + each.rows }
        : each,
    );
  }
  return sums;
}
