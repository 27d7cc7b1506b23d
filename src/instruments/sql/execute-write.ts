import type { ExecutedWrite, IndexedReference } from '../../model/plan-trials.ts';
import type { ForeignKey } from '../../model/table-state.ts';
import { median } from '../../stats/summary.ts';
import { catalogRefusal } from './catalog-safety.ts';
import { type BoundStatement, type Connection, sqlState } from './connection.ts';
import { executionRefusal } from './explain-statement.ts';
import { bindParameters, explainText } from './parameter-binding.ts';
import { type ExplainedPlan, readPlan } from './plan-tree.ts';
import { defaultLimits } from './read-only.ts';
import { type Repeats, repeatWarm } from './repeated-time.ts';
import { rolledBack } from './rolled-back.ts';
import { assessStatement } from './statement-safety.ts';
import { parameterCount } from './tree-nodes.ts';
import { eventTrigger } from './try-indexes.ts';

const uniqueViolation = '23505';

const repeats: Repeats = { atLeast: 3, forMs: 0, atMost: 3, atMostMs: defaultLimits.statementMs };

/** A write with its values. */
export interface WriteToExecute extends BoundStatement {
  readonly fingerprint: string;
  /** A DELETE whose rows are gone is executed with so many others; left out: it is executed as it is. */
  readonly deletedRows?: number;
}

/**
 * EXPLAIN ANALYZE of one captured write on a scratch copy, with its triggers: the median of three executions after one
 * to warm up, each rolled back. Constraints that wait for the COMMIT are checked at once.
 *
 * What might reach beyond the copy, through a trigger or otherwise, is not executed.
 *
 * @param unindexed - foreign keys without an index: those that the write has checked are tried with one
 */
export async function executeWrite(
  copy: Connection,
  { fingerprint, sql, values, types, deletedRows }: WriteToExecute,
  unindexed: readonly ForeignKey[] = [],
): Promise<ExecutedWrite> {
  const none = (reason: string): ExecutedWrite => ({ status: 'none', fingerprint, reason });
  try {
    const safety = assessStatement(sql);
    if (safety.verdict === 'refuse') return none(safety.reason);
    if (values.length !== parameterCount(safety.tree)) return none('the values of its parameters are not known');
    // Binding plans it, which runs what is declared immutable.
    const refusal = await catalogRefusal(copy, safety.tree, 'copied', types);
    if (refusal !== undefined) return none(refusal);
    const bound = await bindParameters(copy, { sql: safety.sql, values, types });
    if (bound.status === 'unbound') return none(bound.reason);
    const asCaptured = await runsOf(copy, bound.statement);
    if (deletedRows === undefined || rowsOf(asCaptured) > 0) {
      const references = await withIndexes(copy, bound.statement, asCaptured, unindexed);
      return { ...executed(fingerprint, 'captured', asCaptured), references };
    }
    // The trace has deleted them: what it takes to delete others like them is what matters.
    const [table] = asCaptured.flatMap(({ plan }) => plan.relation ?? []);
    const instead = table === undefined ? undefined : await deletionOfOthers(copy, table, deletedRows);
    if (instead === undefined) return none('its rows are gone, and other tables refer to all that are left');
    const standIn = { sql: instead, values: [], types: [] };
    const others = await runsOf(copy, standIn);
    const references = await withIndexes(copy, standIn, others, unindexed);
    return { ...executed(fingerprint, 'others', others), references };
  } catch (error) {
    return none(
      sqlState(error) === uniqueViolation ? 'its key is taken: the trace has written it' : executionRefusal(error),
    );
  }
}

/** @param prepare - done first in each transaction */
function runsOf(
  copy: Connection,
  { sql, values, types }: BoundStatement,
  prepare: readonly string[] = [],
): Promise<readonly ExplainedPlan[]> {
  const explain = () =>
    rolledBack(copy, async () => {
      for (const each of [...prepare, 'SET CONSTRAINTS ALL IMMEDIATE']) await copy.run(each);
      return readPlan(
        explainText(await copy.run(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sql}`, values, types)),
        values,
      );
    });
  return repeatWarm(explain, repeats);
}

/** A check that takes less is not what makes a write slow. */
const leastCheckMs = 1;

/** The write with an index for each foreign key whose check takes time, one after the other. */
async function withIndexes(
  copy: Connection,
  statement: BoundStatement,
  runs: readonly ExplainedPlan[],
  unindexed: readonly ForeignKey[],
): Promise<readonly IndexedReference[]> {
  const slow = new Set(
    runs.flatMap(({ triggers }) =>
      triggers.flatMap(({ constraint, timeMs }) => (timeMs >= leastCheckMs ? (constraint ?? []) : [])),
    ),
  );
  const references: IndexedReference[] = [];
  for (const { name, ddl } of unindexed.filter((key) => slow.has(key.name))) {
    if ((await eventTrigger(copy)) !== undefined) break;
    try {
      const indexed = await runsOf(copy, statement, [ddl.replace(' CONCURRENTLY', '')]);
      references.push({ name, afterMs: medianMs(indexed) });
    } catch (error) {
      // An index that takes longer than the time limit: the finding stays without the figure.
      if (sqlState(error) === undefined) throw error;
    }
  }
  return references;
}

function medianMs(runs: readonly ExplainedPlan[]): number {
  return median(runs.map(({ executionMs = 0 }) => executionMs)) ?? 0;
}

/** Rows that were written; the node at the top gives none itself where nothing is returned. */
function rowsOf(runs: readonly ExplainedPlan[]): number {
  return Math.max(
    ...runs.flatMap(({ plan }) => [plan.actualRows ?? 0, ...plan.children.map(({ actualRows = 0 }) => actualRows)]),
  );
}

function executed(
  fingerprint: string,
  rows: 'captured' | 'others',
  runs: readonly ExplainedPlan[],
): Extract<ExecutedWrite, { status: 'executed' }> {
  const byTime = runs.toSorted((a, b) => (a.executionMs ?? 0) - (b.executionMs ?? 0));
  const middle = byTime[(byTime.length - 1) >> 1];
  if (!middle) throw new Error('EXPLAIN ANALYZE gave no plan');
  return {
    status: 'executed',
    fingerprint,
    rows,
    executionMs: medianMs(runs),
    runs: runs.length,
    plan: middle.plan,
    triggers: middle.triggers,
  };
}

/** A DELETE of as many rows, the newest ones to which nothing refers that would forbid it. */
async function deletionOfOthers(copy: Connection, table: string, rows: number): Promise<string | undefined> {
  const [written] = await copy.run(
    `SELECT format('SELECT %L, array_agg(ctid) FROM (SELECT ctid FROM %s AS o WHERE %s ORDER BY ctid DESC LIMIT %s) AS newest',
       c.oid::regclass, c.oid::regclass,
       coalesce((SELECT string_agg(format('NOT EXISTS (SELECT FROM %s AS r WHERE %s)', k.conrelid::regclass,
           (SELECT string_agg(format('r.%I = o.%I', a.attname, b.attname), ' AND ')
            FROM unnest(k.conkey, k.confkey) AS pair (own, other)
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.own
            JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.other)), ' AND ')
         FROM pg_constraint k WHERE k.contype = 'f' AND k.confrelid = c.oid AND k.confdeltype IN ('a', 'r')), 'true'),
       $2::int)
     FROM pg_class c WHERE c.oid = to_regclass(quote_ident($1))`,
    [table, String(Math.min(rows, 1000))],
  );
  // They are looked for beforehand, so that the time is that of the DELETE alone.
  const search = written?.[0];
  const [found] = search ? await rolledBack(copy, () => copy.run(search)) : [];
  const [name, places] = found ?? [];
  return name && places ? `DELETE FROM ${name} WHERE ctid = ANY ('${places}'::tid[])` : undefined;
}
