import { Failure } from '../../model/failure.ts';
import type { IndexTrial, StatementPlan } from '../../model/plans.ts';
import { withConnection } from './connection.ts';
import { indexesFor, tryIndexes } from './explain-queries.ts';
import { explainStatement } from './explain-statement.ts';
import { numberPlaceholders } from './placeholders.ts';
import { describeStatement, loadParser } from './statement.ts';

/** One statement of the command line, explained with the values given for its `$n`. */
export interface ExplainSqlOptions {
  readonly databaseUrl: string;
  readonly sql: string;
  readonly parameters: readonly (string | null)[];
  /** Whether a copy of the database may be made on its server; not unless given. */
  readonly scratch?: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (text: string) => void;
  readonly budgetMs?: number;
}

/**
 * The plan of one statement and the indexes that it asks for.
 *
 * Throws `statement-refused` for anything but a single harmless statement, and what a connection throws.
 */
export async function explainSql(
  options: ExplainSqlOptions,
): Promise<{ readonly plan: StatementPlan; readonly trials: readonly IndexTrial[] }> {
  const { databaseUrl, sql, parameters, scratch = false, signal, onProgress = () => undefined } = options;
  const endsAt = performance.now() + (options.budgetMs ?? 60_000);
  await loadParser();
  const { fingerprint, normalized } = describeStatement(sql);
  const statement = { fingerprint, shown: normalized, sql: numberPlaceholders(sql), values: parameters, types: [] };
  const { plan, wanted } = await withConnection(databaseUrl, signal, async (connection) => {
    const explained = await explainStatement(connection, statement);
    if (explained.plan.status === 'refused') throw new Failure('statement-refused', { reason: explained.plan.reason });
    return { plan: explained.plan, wanted: await indexesFor(connection, [explained]) };
  });
  const tried = await tryIndexes(
    wanted.candidates,
    { databaseUrl, scratch, signal, onProgress },
    () => endsAt - performance.now(),
  );
  return { plan, trials: [...tried, ...wanted.none] };
}
