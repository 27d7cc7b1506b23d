import type { WriteTrial } from '../../model/plan-trials.ts';
import { median } from '../../stats/summary.ts';
import type { BoundStatement, Connection } from './connection.ts';
import { executionRefusal } from './explain-statement.ts';
import { loopRepeats, timeAll } from './loop-statements.ts';
import { repeatWarm } from './repeated-time.ts';
import { rolledBack } from './rolled-back.ts';
import { describeStatement } from './statement.ts';
import type { WriteTable } from './write-table.ts';

/** A loop of writes and the one statement in its place, ready to be run on a copy. */
export interface WritePair {
  readonly fingerprint: string;
  readonly loop: readonly BoundStatement[];
  readonly batch: BoundStatement;
  readonly table: WriteTable;
  /** Whether the service committed each write by itself. */
  readonly commitsEach: boolean;
}

/**
 * Runs the loop and the one statement on a scratch copy, each in transactions that are rolled back: medians,
 * and whether the table holds the same rows after both.
 */
export async function tryWrite(copy: Connection, pair: WritePair): Promise<WriteTrial> {
  const { fingerprint, loop, batch, table, commitsEach } = pair;
  try {
    const sameRows = await leavesSameRows(copy, pair);
    const inTransaction = (work: () => Promise<number>) => async () => {
      await restoreSequences(copy, table);
      return rolledBack(copy, work);
    };
    const loopTimes = await repeatWarm(
      inTransaction(() => timeAll(copy, loop)),
      loopRepeats,
    );
    const batchTimes = await repeatWarm(
      inTransaction(() => copy.time(batch)),
      loopRepeats,
    );
    const commitMs = commitsEach ? await timeOfCommit(copy) : 0;
    return {
      status: 'tried',
      fingerprint,
      sql: describeStatement(batch.sql).normalized,
      repeats: loop.length,
      loopMs: (median(loopTimes) ?? 0) + loop.length * commitMs,
      batchedMs: (median(batchTimes) ?? 0) + commitMs,
      runs: Math.min(loopTimes.length, batchTimes.length),
      where: 'scratch-copy',
      sameRows,
    };
  } catch (error) {
    const sql = describeStatement(batch.sql).normalized;
    return { status: 'untried', fingerprint, sql, reason: executionRefusal(error) };
  }
}

/** Both within one transaction, so that `now()` is the same moment for both. */
function leavesSameRows(copy: Connection, { loop, batch, table }: WritePair): Promise<boolean> {
  return rolledBack(copy, async () => {
    await copy.run('SAVEPOINT chokepoint_loop');
    await timeAll(copy, loop);
    const looped = await contentOf(copy, table);
    await copy.run('ROLLBACK TO SAVEPOINT chokepoint_loop');
    await restoreSequences(copy, table);
    await copy.time(batch);
    return looped === (await contentOf(copy, table));
  });
}

/** One text for all rows of a table, without the columns that are never the same twice. */
async function contentOf(copy: Connection, { sqlName, randomColumns }: WriteTable): Promise<string> {
  const [row] = await copy.run(
    `SELECT count(*), sum(hashtextextended((to_jsonb(held) - $1::text[])::text, 0)::numeric) FROM ${sqlName} AS held`,
    [`{${randomColumns.map((name) => JSON.stringify(name)).join(',')}}`],
  );
  return JSON.stringify(row);
}

/** ROLLBACK leaves sequences where they are: ids would differ from run to run. */
async function restoreSequences(copy: Connection, { sequences }: WriteTable): Promise<void> {
  for (const { name, lastValue, isCalled } of sequences) {
    await copy.run('SELECT setval($1::regclass, $2::bigint, $3::boolean)', [name, lastValue, String(isCalled)]);
  }
}

/** What a write outside of a transaction takes longer than one within: its commit, which waits for the disk. */
async function timeOfCommit(copy: Connection): Promise<number> {
  await copy.run('CREATE TABLE IF NOT EXISTS public.chokepoint_commits (n int)');
  const write = { sql: 'INSERT INTO public.chokepoint_commits VALUES (1)', values: [], types: [] };
  const committed = await repeatWarm(() => copy.time(write));
  const within = await rolledBack(copy, () => repeatWarm(() => copy.time(write)));
  return Math.max(0, (median(committed) ?? 0) - (median(within) ?? 0));
}
