import { type PlanNode, planNodes } from '../../model/plan-node.ts';
import type { OtherStatement } from '../../model/plan-trials.ts';
import { median } from '../../stats/summary.ts';
import { type BoundStatement, type Connection, describeRefusal } from './connection.ts';
import { executionRefusal } from './explain-statement.ts';
import { explainText } from './parameter-binding.ts';
import { readPlan } from './plan-tree.ts';
import { inReadOnlyTransaction } from './read-only.ts';
import { type Repeats, repeatWarm } from './repeated-time.ts';
import type { TableFacts } from './table-facts.ts';
import {
  candidateText,
  type IndexCandidate,
  indexBody,
  type TrialSubject,
  type TriedIndex,
  type UntriedIndex,
  untried,
} from './wanted-indexes.ts';
import { measureWriteCost } from './write-cost.ts';

const trialIndex = 'chokepoint_candidate';

type Trials = readonly (TriedIndex | UntriedIndex)[];

/**
 * Builds the index on a scratch copy and measures its statements before and after, read-only and each with a median
 * of repeated executions, then what it does to the other reads and to writes; then drops it.
 *
 * ANALYZE comes before both measurements, so that the difference is the index's alone.
 *
 * @param reads - all reads of the workload
 */
export async function tryIndex(
  copy: Connection,
  candidate: IndexCandidate,
  reads: readonly TrialSubject[],
  atMostMs: number,
): Promise<Trials> {
  const { table, columns, subjects } = candidate;
  try {
    await copy.run(`SELECT set_config('statement_timeout', $1, false)`, [String(Math.ceil(atMostMs))]);
    await copy.run(`ANALYZE ${table.sqlName}`);
    const before = await measureAll(copy, subjects);
    const startedAt = performance.now();
    await copy.run(`CREATE INDEX ${trialIndex} ON ${indexBody(candidate)}`);
    const buildMs = performance.now() - startedAt;
    let isBuilt = true;
    const drop = async () => {
      if (isBuilt) await copy.run(`DROP INDEX ${qualifiedTrialIndex(table)}`);
      isBuilt = false;
    };
    try {
      await copy.run(`ANALYZE ${table.sqlName}`);
      const after = await measureAll(copy, subjects);
      const sizeBytes = await sizeOf(copy, table);
      const others = await withIndex(
        copy,
        reads.filter((read) => !subjects.includes(read)),
      );
      const cost = await measureWriteCost(copy, table.sqlName, qualifiedTrialIndex(table), columns);
      await drop();
      const built = {
        sizeBytes,
        buildMs,
        where: 'scratch-copy' as const,
        others: await withoutIndex(copy, others),
        ...('reason' in cost ? { writesUnknown: cost.reason } : { writes: cost }),
      };
      return trialsOf(candidate, before, after, built);
    } finally {
      await drop();
    }
  } catch (error) {
    return untried(candidate, `it could not be built: ${describeRefusal(error)}`);
  }
}

/** Writers wait as long as the transaction lasts. */
const briefly: Repeats = { atLeast: 3, forMs: 100, atMost: 25, atMostMs: 1_000 };
const longestBuildMs = 10_000;

/**
 * Builds the index on the database itself, in a transaction that is rolled back, and measures its statements there.
 *
 * Readers go on; writers of the table wait for the end, a few seconds at most.
 */
export async function tryIndexInTransaction(
  connection: Connection,
  candidate: IndexCandidate,
  atMostMs: number,
): Promise<Trials> {
  const { table, subjects } = candidate;
  try {
    const before = await measureAll(connection, subjects);
    const after: (Measured | Unmeasured)[] = [];
    await connection.run('BEGIN');
    try {
      await connection.run(
        `SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', '1000', true)`,
        [String(Math.ceil(Math.min(atMostMs, longestBuildMs)))],
      );
      const startedAt = performance.now();
      await connection.run(`CREATE INDEX ${trialIndex} ON ${indexBody(candidate)}`);
      const buildMs = performance.now() - startedAt;
      const sizeBytes = await sizeOf(connection, table);
      await connection.run('SET TRANSACTION READ ONLY');
      for (const { statement } of subjects) {
        await connection.run('SAVEPOINT chokepoint_trial');
        after.push(
          await measure(connection, statement, briefly).catch(async (error: unknown) => {
            const reason = executionRefusal(error);
            await connection.run('ROLLBACK TO SAVEPOINT chokepoint_trial');
            return { reason };
          }),
        );
      }
      const writesUnknown = 'the index was tried in a transaction that writes nothing';
      return trialsOf(candidate, before, after, { sizeBytes, buildMs, where: 'transaction', writesUnknown });
    } finally {
      await connection.run('ROLLBACK');
    }
  } catch (error) {
    return untried(candidate, `it could not be built: ${describeRefusal(error)}`);
  }
}

interface Measured {
  readonly timesMs: readonly number[];
  readonly plan: PlanNode;
}

interface Unmeasured {
  readonly reason: string;
}

async function measureAll(
  copy: Connection,
  subjects: readonly TrialSubject[],
): Promise<readonly (Measured | Unmeasured)[]> {
  const results: (Measured | Unmeasured)[] = [];
  for (const { statement } of subjects) {
    results.push(
      await inReadOnlyTransaction(copy, () => measure(copy, statement)).catch((error: unknown) => ({
        reason: executionRefusal(error),
      })),
    );
  }
  return results;
}

async function measure(copy: Connection, statement: BoundStatement, repeats?: Repeats): Promise<Measured> {
  const timesMs = await repeatWarm(() => copy.time(statement), repeats);
  const { sql, values, types } = statement;
  const explained = await copy.run(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sql}`, values, types);
  return { timesMs, plan: readPlan(explainText(explained), values).plan };
}

type Built = Pick<TriedIndex, 'sizeBytes' | 'buildMs' | 'where' | 'writes' | 'writesUnknown' | 'others'>;

function trialsOf(
  candidate: IndexCandidate,
  before: readonly (Measured | Unmeasured)[],
  after: readonly (Measured | Unmeasured)[],
  built: Built,
): Trials {
  return candidate.subjects.flatMap((subject, index): Trials => {
    const [was, is] = [before[index], after[index]];
    if (!was || !is) return [];
    const failed = 'reason' in was ? was : 'reason' in is ? is : undefined;
    if (failed) return untried({ ...candidate, subjects: [subject] }, failed.reason);
    return [tried(candidate, subject, was as Measured, is as Measured, built)];
  });
}

function tried(
  candidate: IndexCandidate,
  { fingerprint }: TrialSubject,
  before: Measured,
  after: Measured,
  built: Built,
): TriedIndex {
  return {
    status: 'tried',
    fingerprint,
    ...candidateText(candidate),
    beforeMs: median(before.timesMs) ?? 0,
    afterMs: median(after.timesMs) ?? 0,
    runs: Math.min(before.timesMs.length, after.timesMs.length),
    used: takesIndex(after.plan),
    ...built,
    planBefore: before.plan,
    planAfter: after.plan,
  };
}

function takesIndex(plan: PlanNode): boolean {
  return [...planNodes(plan)].some(({ index }) => index === trialIndex);
}

interface OtherRead {
  readonly read: TrialSubject;
  readonly afterMs: number;
}

/** The other reads whose plan takes the index, each measured with it. */
async function withIndex(copy: Connection, reads: readonly TrialSubject[]): Promise<readonly OtherRead[]> {
  const others: OtherRead[] = [];
  for (const read of reads) {
    const { sql, values, types } = read.statement;
    const plan = await inReadOnlyTransaction(copy, async () =>
      readPlan(explainText(await copy.run(`EXPLAIN (FORMAT JSON) ${sql}`, values, types))),
    );
    if (!takesIndex(plan.plan)) continue;
    const [measured] = await measureAll(copy, [read]);
    if (measured && 'timesMs' in measured) others.push({ read, afterMs: median(measured.timesMs) ?? 0 });
  }
  return others;
}

async function withoutIndex(copy: Connection, others: readonly OtherRead[]): Promise<readonly OtherStatement[]> {
  const before = await measureAll(
    copy,
    others.map(({ read }) => read),
  );
  return others.flatMap(({ read, afterMs }, index) => {
    const measured = before[index];
    if (!measured || !('timesMs' in measured)) return [];
    const { fingerprint, shown } = read;
    return [{ fingerprint, sql: shown, beforeMs: median(measured.timesMs) ?? 0, afterMs }];
  });
}

async function sizeOf(copy: Connection, table: TableFacts): Promise<number> {
  const [size] = await copy.run(
    `SELECT pg_relation_size(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relname = '${trialIndex}' AND i.indrelid = to_regclass($1)`,
    [table.sqlName],
  );
  return Number(size?.[0] ?? 0);
}

/** An index lives in the schema of its table. */
function qualifiedTrialIndex({ sqlName }: TableFacts): string {
  const schema = /^("(?:[^"]|"")*"|[^".]+)\./.exec(sqlName)?.[1];
  return schema === undefined ? trialIndex : `${schema}.${trialIndex}`;
}
