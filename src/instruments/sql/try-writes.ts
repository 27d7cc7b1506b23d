import type { ExecutedWrite, WriteTrial } from '../../model/plan-trials.ts';
import type { QueriesArtifact, RepeatedStatement } from '../../model/queries.ts';
import type { TableState } from '../../model/table-state.ts';
import { arrayText } from './array-text.ts';
import { rewriteWrites } from './batched-write.ts';
import { catalogRefusal } from './catalog-safety.ts';
import { type BoundStatement, type Connection, withConnection } from './connection.ts';
import type { WriteToExecute } from './execute-write.ts';
import { executeWrites, unexecuted } from './execute-writes.ts';
import { executionRefusal } from './explain-statement.ts';
import { loopText } from './loop-statements.ts';
import { bindParameters, inferredTypes } from './parameter-binding.ts';
import { withScratchCopy } from './scratch-copy.ts';
import { describeStatement } from './statement.ts';
import { pickLoops, pickWrites, type StatementChoice } from './statement-choice.ts';
import { assessStatement } from './statement-safety.ts';
import { parameterCount, valuesUnder } from './tree-nodes.ts';
import { outOfTime, type TrialPlace } from './try-indexes.ts';
import { readWriteTable } from './write-table.ts';
import { tryWrite } from './write-trial.ts';

/** What was written out of a loop before anything is executed. */
interface Draft {
  readonly fingerprint: string;
  readonly loop: readonly BoundStatement[];
  readonly batch: BoundStatement;
  /** Parts of the table's name. */
  readonly table: readonly string[];
  readonly commitsEach: boolean;
  /** Why it must not be executed, not even on a copy. */
  readonly refusal: string | undefined;
}

export interface TriedWrites {
  /** Of each loop of writes. */
  readonly writes: readonly WriteTrial[];
  /** Empty where no copy may be made. */
  readonly executedWrites: readonly ExecutedWrite[];
}

/**
 * Writes each loop of writes as one statement, tries both on a scratch copy where one may be made, and executes the
 * captured writes there for their plans and triggers.
 *
 * The database itself only plans them.
 */
export async function tryWrites(
  queries: QueriesArtifact,
  tables: readonly TableState[],
  place: TrialPlace,
  leftMs: () => number,
): Promise<TriedWrites> {
  const groups = pickLoops(queries, 'write-loop');
  const picked = pickWrites(queries).flatMap(toExecute);
  if (groups.length === 0 && picked.length === 0) return { writes: [], executedWrites: [] };
  const { databaseUrl, scratch, signal, onProgress } = place;
  const drafts = await withConnection(databaseUrl, signal, async (connection) => {
    const written: (Draft | WriteTrial)[] = [];
    for (const group of groups) written.push(await draft(connection, group));
    return written;
  });
  const untried = ({ fingerprint, batch }: Draft, reason: string): WriteTrial => ({
    status: 'untried',
    fingerprint,
    sql: describeStatement(batch.sql).normalized,
    reason,
  });
  const eachUntried = (reason: string): TriedWrites => ({
    writes: drafts.map((each) => ('loop' in each ? untried(each, reason) : each)),
    executedWrites: scratch ? picked.map((write) => unexecuted(write, reason)) : [],
  });
  if (!scratch) return eachUntried('no copy of this database may be made: database.scratch is not set');
  if (leftMs() <= 0) return eachUntried(outOfTime);
  onProgress('copying the database for writes');
  const copied = await withScratchCopy(
    databaseUrl,
    signal,
    async (copy) => {
      const writes: WriteTrial[] = [];
      for (const each of drafts) {
        if (!('loop' in each)) writes.push(each);
        else if (each.refusal !== undefined) writes.push(untried(each, each.refusal));
        else if (leftMs() <= 0) writes.push(untried(each, outOfTime));
        else {
          onProgress(`one write in place of ${each.loop.length}`);
          const table = await readWriteTable(copy, each.table);
          writes.push('reason' in table ? untried(each, table.reason) : await tryWrite(copy, { ...each, table }));
        }
      }
      return { writes, executedWrites: await executeWrites(copy, picked, tables, place, leftMs) };
    },
    leftMs(),
  );
  return copied.status === 'made' ? copied.value : eachUntried(copied.reason);
}

function toExecute({
  statement: { fingerprint, example, kind },
  execution,
}: StatementChoice): readonly WriteToExecute[] {
  if (!execution) return [];
  const { parameters: values, parameterTypes: types, rows } = execution;
  return [{ fingerprint, sql: example, values, types, ...(kind === 'delete' && { deletedRows: Math.max(1, rows) }) }];
}

async function draft(connection: Connection, group: RepeatedStatement): Promise<Draft | WriteTrial> {
  const { fingerprint } = group.statement;
  const none = (reason: string): WriteTrial => ({ status: 'none', fingerprint, reason });
  try {
    const { text, runs } = loopText(group);
    const safety = assessStatement(text);
    if (safety.verdict !== 'plan') return none('reason' in safety ? safety.reason : 'it writes nothing');
    const count = parameterCount(safety.tree);
    const executions = runs.filter(({ values, error }) => values.length === count && !error);
    const [first] = executions;
    if (!first || executions.length < 2) return none('its values were not captured');
    const varying = first.values.flatMap((value, index) =>
      executions.some(({ values }) => values[index] !== value) ? [index + 1] : [],
    );
    const rewrite = rewriteWrites(safety.tree, varying, await inferredTypes(connection, safety.sql));
    if (rewrite.status === 'none') return none(rewrite.reason);
    const keys = executions.map(({ values }) =>
      JSON.stringify(rewrite.keyParameters.map((number) => values[number - 1])),
    );
    if (rewrite.keyParameters.length > 0 && new Set(keys).size < keys.length) {
      return none('it writes some rows twice, and one statement writes each row once');
    }
    const { parameterTypes: types } = first;
    const bound = await bindParameters(connection, { sql: safety.sql, values: first.values, types });
    const batched = await bindParameters(connection, {
      sql: rewrite.sql,
      values: [
        ...rewrite.arrayParameters.map((number) =>
          arrayText(executions.map(({ values }) => values[number - 1] ?? null)),
        ),
        ...rewrite.keptParameters.map((number) => first.values[number - 1] ?? null),
      ],
      types: [
        ...rewrite.arrayParameters.map(() => 0),
        ...rewrite.keptParameters.map((number) => types[number - 1] ?? 0),
      ],
    });
    if (bound.status === 'unbound') return none(bound.reason);
    if (batched.status === 'unbound') return none(`the one statement does not run: ${batched.reason}`);
    const [relation] = valuesUnder(safety.tree, 'relation') as readonly { schemaname?: string; relname?: string }[];
    return {
      fingerprint,
      loop: executions.map(({ values }) => ({ ...bound.statement, values })),
      batch: batched.statement,
      table: [relation?.schemaname, relation?.relname].filter((part) => part !== undefined),
      commitsEach: executions.every(({ inTransaction }) => !inTransaction),
      refusal: await catalogRefusal(connection, safety.tree, 'executed', bound.statement.types),
    };
  } catch (error) {
    return none(executionRefusal(error));
  }
}
