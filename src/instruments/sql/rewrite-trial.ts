import type { RewriteTrial } from '../../model/plans.ts';
import { type RepeatedStatement, valuesOf } from '../../model/queries.ts';
import { median } from '../../stats/summary.ts';
import { arrayText } from './array-text.ts';
import { type BatchedRewrite, batchKey, rewriteAsBatch } from './batched-rewrite.ts';
import type { BoundStatement, Connection, TextRow } from './connection.ts';
import { type Executable, executionRefusal, safetyOf } from './explain-statement.ts';
import { bindParameters, inferredTypes } from './parameter-binding.ts';
import { inReadOnlyTransaction } from './read-only.ts';
import { repeatWarm } from './repeated-time.ts';
import { describeStatement } from './statement.ts';
import { readTableFacts } from './table-facts.ts';
import { parameterCount } from './tree-nodes.ts';

/** More rows than this are not held in memory to be compared. */
const maxComparedRows = 200_000;
const fiveRepeats = { atLeast: 5, forMs: 0, atMost: 5, atMostMs: 5_000 };

/**
 * Runs the loop of one request with its captured values, and one batched statement in its place, read-only and on
 * an idle connection: medians of five, and whether both give the same rows.
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
      repeatWarm(() => timeAll(connection, loop.statements), fiveRepeats),
    );
    const batchTimes = await inReadOnlyTransaction(connection, () =>
      repeatWarm(() => connection.time(batch.statement), fiveRepeats),
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

interface Loop {
  readonly safety: Executable;
  /** As the service ran them. */
  readonly statements: readonly BoundStatement[];
  /** Number of the parameter that varies. */
  readonly parameter: number;
}

interface Batch {
  readonly statement: BoundStatement;
  readonly addsKey: boolean;
}

async function readLoop(connection: Connection, group: RepeatedStatement): Promise<Loop | { readonly reason: string }> {
  const { text, runs } = loopText(group);
  const safety = await safetyOf(connection, text, runs[0]?.parameterTypes ?? []);
  if (safety.verdict !== 'execute') return { reason: safety.reason };
  const count = parameterCount(safety.tree);
  const executions = runs.filter(({ values, error }) => values.length === count && !error);
  const [first] = executions;
  if (!first || executions.length < 2) return { reason: 'its values were not captured' };
  if (executions.reduce((rows, execution) => rows + execution.rows, 0) > maxComparedRows) {
    return { reason: `it gives more than ${maxComparedRows} rows` };
  }
  const varying = first.values
    .map((_, index) => index)
    .filter((index) => executions.some(({ values }) => values[index] !== first.values[index]));
  const [position] = varying;
  if (position === undefined || varying.length > 1) return { reason: `${varying.length} of its values vary` };

  const binding = await bindParameters(connection, {
    sql: safety.sql,
    values: first.values,
    types: first.parameterTypes,
  });
  if (binding.status === 'unbound') return { reason: binding.reason };
  const { sql, types } = binding.statement;
  const statements = executions.map(({ values }) => ({ sql, values, types }));
  return { safety, statements, parameter: position + 1 };
}

/** The text that all runs of the loop share, and what each bound to it: constants that vary become values. */
function loopText({ statement, executions }: RepeatedStatement) {
  const constants = new Set(executions.map(({ literals }) => JSON.stringify(literals ?? [])));
  const varies = constants.size > 1;
  return {
    text: varies ? statement.normalized : statement.example,
    runs: executions.map((each) => ({ ...each, values: varies ? valuesOf(each) : each.parameters })),
  };
}

async function makeBatch(connection: Connection, loop: Loop): Promise<Batch | { readonly reason: string }> {
  const rewrite = await rewriteLoop(connection, loop);
  if (rewrite.status === 'none') return { reason: rewrite.reason };
  const [first] = loop.statements;
  const { keptParameters, keyParameter } = rewrite;
  const keys = [...new Set(loop.statements.map(({ values }) => values[loop.parameter - 1] ?? null))];
  const pick = <T>(list: readonly T[] | undefined, key: T, missing: T) =>
    keptParameters.map((old, index) => (index + 1 === keyParameter ? key : (list?.[old - 1] ?? missing)));
  const statement = {
    sql: rewrite.sql,
    values: pick<string | null>(first?.values, arrayText(keys), null),
    // The text itself casts the array; 0 leaves its type to the server.
    types: pick<number>(first?.types, 0, 0),
  };
  const safety = await safetyOf(connection, statement.sql, statement.types);
  if (safety.verdict !== 'execute') return { reason: `the rewritten statement is not run: ${safety.reason}` };
  const binding = await bindParameters(connection, statement);
  if (binding.status === 'unbound') return { reason: `the rewritten statement does not run: ${binding.reason}` };
  return { statement: binding.statement, addsKey: rewrite.addsKey };
}

async function rewriteLoop(connection: Connection, { safety, statements, parameter }: Loop): Promise<BatchedRewrite> {
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
    const distinct = new Map(loop.statements.map((statement) => [statement.values[loop.parameter - 1], statement]));
    const looped: TextRow[] = [];
    for (const statement of distinct.values()) looped.push(...(await run(statement)));
    const batched = (await run(batch.statement)).map((row) => (batch.addsKey ? row.slice(0, -1) : row));
    return sortedKeys(looped) === sortedKeys(batched);
  });
}

/** Equal for equal rows in any order. */
function sortedKeys(rows: readonly TextRow[]): string {
  return rows
    .map((row) => JSON.stringify(row))
    .sort()
    .join('\n');
}

async function timeAll(connection: Connection, statements: readonly BoundStatement[]): Promise<number> {
  const startedAt = performance.now();
  for (const statement of statements) await connection.time(statement);
  return performance.now() - startedAt;
}
