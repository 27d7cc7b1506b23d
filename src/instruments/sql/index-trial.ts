import type { PlanNode } from '../../model/plans.ts';
import { planNodes } from '../../model/plans.ts';
import { median } from '../../stats/summary.ts';
import { type BoundStatement, type Connection, describeRefusal } from './connection.ts';
import { executionRefusal } from './explain-statement.ts';
import { explainText } from './parameter-binding.ts';
import { readPlan } from './plan-tree.ts';
import { inReadOnlyTransaction } from './read-only.ts';
import { repeatWarm } from './repeated-time.ts';
import type { TableFacts } from './table-facts.ts';
import {
  createConcurrently,
  type IndexCandidate,
  indexBody,
  type TrialSubject,
  type TriedIndex,
  type UntriedIndex,
  untried,
} from './wanted-indexes.ts';

const trialIndex = 'chokepoint_candidate';

/**
 * Builds the index on a scratch copy and measures its statements before and after, read-only and each with a median
 * of repeated executions; then drops it.
 *
 * ANALYZE comes before both measurements, so that the difference is the index's alone.
 */
export async function tryIndex(
  copy: Connection,
  candidate: IndexCandidate,
  atMostMs: number,
): Promise<readonly (TriedIndex | UntriedIndex)[]> {
  const { table, columns, subjects } = candidate;
  try {
    await copy.run(`SELECT set_config('statement_timeout', $1, false)`, [String(Math.ceil(atMostMs))]);
    await copy.run(`ANALYZE ${table.sqlName}`);
    const before = await measureAll(copy, subjects);
    const startedAt = performance.now();
    await copy.run(`CREATE INDEX ${trialIndex} ON ${indexBody(table, columns)}`);
    const buildMs = performance.now() - startedAt;
    try {
      await copy.run(`ANALYZE ${table.sqlName}`);
      const after = await measureAll(copy, subjects);
      const [size] = await copy.run(
        `SELECT pg_relation_size(i.indexrelid)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE c.relname = '${trialIndex}' AND i.indrelid = to_regclass($1)`,
        [table.sqlName],
      );
      const sizeBytes = Number(size?.[0] ?? 0);
      return subjects.flatMap((subject, index): readonly (TriedIndex | UntriedIndex)[] => {
        const [was, is] = [before[index], after[index]];
        if (!was || !is) return [];
        const failed = 'reason' in was ? was : 'reason' in is ? is : undefined;
        if (failed) return untried({ ...candidate, subjects: [subject] }, failed.reason);
        return [tried(candidate, subject, was as Measured, is as Measured, { sizeBytes, buildMs })];
      });
    } finally {
      await copy.run(`DROP INDEX ${qualifiedTrialIndex(table)}`);
    }
  } catch (error) {
    return untried(candidate, `it could not be built: ${describeRefusal(error)}`);
  }
}

interface Measured {
  readonly timesMs: readonly number[];
  readonly plan: PlanNode;
}

async function measureAll(
  copy: Connection,
  subjects: readonly TrialSubject[],
): Promise<readonly (Measured | { readonly reason: string })[]> {
  const results: (Measured | { readonly reason: string })[] = [];
  for (const { statement } of subjects) {
    results.push(
      await inReadOnlyTransaction(copy, () => measure(copy, statement)).catch((error: unknown) => ({
        reason: executionRefusal(error),
      })),
    );
  }
  return results;
}

async function measure(copy: Connection, statement: BoundStatement): Promise<Measured> {
  const timesMs = await repeatWarm(() => copy.time(statement));
  const { sql, values, types } = statement;
  const explained = await copy.run(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sql}`, values, types);
  return { timesMs, plan: readPlan(explainText(explained), values).plan };
}

function tried(
  { table, columns }: IndexCandidate,
  { fingerprint }: TrialSubject,
  before: Measured,
  after: Measured,
  built: { readonly sizeBytes: number; readonly buildMs: number },
): TriedIndex {
  return {
    status: 'tried',
    fingerprint,
    table: table.writtenAs,
    columns,
    ddl: createConcurrently(table, columns),
    where: 'scratch-copy',
    beforeMs: median(before.timesMs) ?? 0,
    afterMs: median(after.timesMs) ?? 0,
    runs: Math.min(before.timesMs.length, after.timesMs.length),
    used: [...planNodes(after.plan)].some(({ index }) => index === trialIndex),
    ...built,
    planBefore: before.plan,
    planAfter: after.plan,
  };
}

/** An index lives in the schema of its table. */
function qualifiedTrialIndex({ sqlName }: TableFacts): string {
  const schema = /^("(?:[^"]|"")*"|[^".]+)\./.exec(sqlName)?.[1];
  return schema === undefined ? trialIndex : `${schema}.${trialIndex}`;
}
