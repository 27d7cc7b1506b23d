import type { RewriteTrial } from '../../model/plan-trials.ts';
import type { RepeatedStatement } from '../../model/queries.ts';
import { median } from '../../stats/summary.ts';
import { arrayText } from './array-text.ts';
import { type BatchedRewrite, batchKey, rewriteAsBatch } from './batched-rewrite.ts';
import type { BoundStatement, Connection, TextRow } from './connection.ts';
import { executionRefusal } from './explain-statement.ts';
import { type Loop, loopRepeats, readLoop, timeAll } from './loop-statements.ts';
import { bindParameters, inferredTypes } from './parameter-binding.ts';
import { inReadOnlyTransaction } from './read-only.ts';
import { repeatWarm } from './repeated-time.ts';
import { describeStatement } from './statement.ts';
import { assessStatement } from './statement-safety.ts';
import { readTableFacts } from './table-facts.ts';

/**
 * Runs the loop of one request with its captured values, and one batched statement in its place, read-only and on
 * an idle connection: medians, and whether both give the same rows.
 */
export async function tryRewrite(connection: Connection, group: RepeatedStatement): Promise<RewriteTrial> {
  const { fingerprint } = group.statement;
  const none = (reason: string): RewriteTrial => ({ status: 'none', fingerprint, reason });
  try {
    const loop = await readLoop(connection, group);
    if ('reason' in loop) return none(loop.reason);
    const batch = await makeBatch(connection, loop);
    if ('reason' in batch) return none(batch.reason);
    const sameRows = await givesSameRows(connection, loop, batch);
    const loopTimes = await inReadOnlyTransaction(connection, () =>
      repeatWarm(() => timeAll(connection, loop.statements), loopRepeats),
    );
    const batchTimes = await inReadOnlyTransaction(connection, () =>
      repeatWarm(() => connection.time(batch.statement), loopRepeats),
    );
    return {
      status: 'tried',
      fingerprint,
      sql: describeStatement(batch.statement.sql).normalized,
      repeats: loop.statements.length,
      loopMs: median(loopTimes) ?? 0,
      batchedMs: median(batchTimes) ?? 0,
      runs: Math.min(loopTimes.length, batchTimes.length),
      sameRows,
    };
  } catch (error) {
    return none(executionRefusal(error));
  }
}

interface Batch {
  readonly statement: BoundStatement;
  readonly addsKey: boolean;
}

async function makeBatch(connection: Connection, loop: Loop): Promise<Batch | { readonly reason: string }> {
  const [parameter] = loop.parameters;
  if (parameter === undefined || loop.parameters.length > 1) {
    return { reason: `${loop.parameters.length} of its values vary` };
  }
  const rewrite = await rewriteLoop(connection, loop, parameter);
  if (rewrite.status === 'none') return { reason: rewrite.reason };
  const [first] = loop.statements;
  const { keptParameters, keyParameter } = rewrite;
  const keys = [...new Set(loop.statements.map(({ values }) => values[parameter - 1] ?? null))];
  const pick = <T>(list: readonly T[] | undefined, key: T, missing: T) =>
    keptParameters.map((old, index) => (index + 1 === keyParameter ? key : (list?.[old - 1] ?? missing)));
  const statement = {
    sql: rewrite.sql,
    values: pick<string | null>(first?.values, arrayText(keys), null),
    // The text itself casts the array; 0 leaves its type to the server.
    types: pick<number>(first?.types, 0, 0),
  };
  const safety = assessStatement(statement.sql);
  if (safety.verdict !== 'execute') return { reason: `the rewritten statement is not run: ${safety.reason}` };
  const binding = await bindParameters(connection, statement);
  if (binding.status === 'unbound') return { reason: `the rewritten statement does not run: ${binding.reason}` };
  return { statement: binding.statement, addsKey: rewrite.addsKey };
}

async function rewriteLoop(
  connection: Connection,
  { safety, statements }: Loop,
  parameter: number,
): Promise<BatchedRewrite> {
  const key = batchKey(safety.tree, parameter);
  if ('reason' in key) return { status: 'none', reason: key.reason };
  const declared = statements[0]?.types[parameter - 1] ?? 0;
  const type = declared
    ? (await connection.run('SELECT format_type($1::oid, NULL)', [String(declared)]))[0]?.[0]
    : (await inferredTypes(connection, safety.sql))[parameter - 1];
  if (!type) return { status: 'none', reason: `the type of $${parameter} is not known` };
  const facts = await readTableFacts(connection, safety.select.fromClause);
  const column = key.column.at(-1);
  const unique = facts.some(({ indexes }) =>
    indexes.some((index) => index.unique && index.columns.length === 1 && index.columns[0] === column),
  );
  return rewriteAsBatch(safety.tree, parameter, { type, unique });
}

async function givesSameRows(connection: Connection, loop: Loop, batch: Batch): Promise<boolean> {
  const run = ({ sql, values, types }: BoundStatement) => connection.run(sql, values, types);
  return inReadOnlyTransaction(connection, async () => {
    // A value that the loop asked for twice is in the batch once.
    const distinct = new Map(loop.statements.map((statement) => [JSON.stringify(statement.values), statement]));
    const looped: TextRow[] = [];
    for (const statement of distinct.values()) looped.push(...(await run(statement)));
    const batched = (await run(batch.statement)).map((row) => (batch.addsKey ? row.slice(0, -1) : row));
    return sortedKeys(looped) === sortedKeys(batched);
  });
}

/** Equal for equal rows in any order. */
export function sortedKeys(rows: readonly TextRow[]): string {
  return rows
    .map((row) => JSON.stringify(row))
    .sort()
    .join('\n');
}
