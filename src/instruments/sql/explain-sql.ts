import { Failure } from '../../model/failure.ts';
import type { PlansArtifact } from '../../model/plans.ts';
import { withConnection } from './connection.ts';
import { executeWritesOnCopy } from './execute-writes.ts';
import { serverOf } from './explain-queries.ts';
import { type Explained, explainStatement } from './explain-statement.ts';
import { describeStatement, loadParser, parseStatement } from './statement.ts';
import { isWrite } from './statement-choice.ts';
import { readTableStates } from './table-states.ts';
import { parameterCount } from './tree-nodes.ts';
import { indexesFor, outOfTime, tryIndexes } from './try-indexes.ts';
import { warmClient } from './warm-client.ts';

/** Statements of the command line. */
export interface ExplainSqlOptions {
  readonly databaseUrl: string;
  readonly statements: readonly { readonly sql: string; readonly parameters: readonly (string | null)[] }[];
  /** Whether a copy of the database may be made on its server; not unless given. */
  readonly scratch?: boolean;
  /** Whether indexes may be built on the database itself, in transactions that are rolled back. */
  readonly inTransaction?: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (text: string) => void;
  readonly budgetMs?: number;
}

/**
 * The plans of the statements, in their order, and the indexes that they ask for together; on a copy the writes among
 * them are executed too. What is dangerous or wrong is refused, each with its reason; of statements with one fingerprint
 * the first is explained.
 *
 * Throws what a connection throws.
 */
export async function explainSql(options: ExplainSqlOptions): Promise<PlansArtifact> {
  const { databaseUrl, statements, scratch = false, inTransaction = false, signal, onProgress = () => {} } = options;
  const endsAt = performance.now() + (options.budgetMs ?? 60_000);
  const leftMs = () => endsAt - performance.now();
  await loadParser();
  const given = statements.map(({ sql, parameters }) => ({ sql, parameters, ...describeStatement(sql) }));
  const distinct = [...new Map(given.toReversed().map((each) => [each.fingerprint, each])).values()].toReversed();

  const read = await withConnection(databaseUrl, signal, async (connection) => {
    const tables = await readTableStates(
      connection,
      distinct.flatMap((each) => each.tables),
    );
    await warmClient(connection);
    const explained: Explained[] = [];
    for (const [index, { fingerprint, normalized, sql, parameters }] of distinct.entries()) {
      if (distinct.length > 1) onProgress(`statement ${index + 1} of ${distinct.length}`);
      const statement = { fingerprint, shown: normalized, sql, values: parameters, types: [] };
      explained.push(
        leftMs() > 0
          ? await explainStatement(connection, statement)
          : { plan: { status: 'refused', fingerprint, sql: normalized, reason: outOfTime } },
      );
    }
    // Whoever writes $1 for what varies means the rest as it stands.
    const constants = distinct.filter(({ sql }) => parameterCount(parseStatement(sql)) > 0);
    const wishes = await indexesFor(connection, explained, new Set(constants.map(({ fingerprint }) => fingerprint)));
    return { plans: explained.map(({ plan }) => plan), tables, wishes, server: await serverOf(connection) };
  });
  const place = { databaseUrl, scratch, inTransaction, signal, onProgress };
  const { trials, tables } = await tryIndexes(read.wishes, read.tables, place, leftMs);
  const writes = distinct
    .filter(({ kind }) => isWrite(kind))
    .map(({ fingerprint, sql, parameters }) => ({ fingerprint, sql, values: parameters, types: [] }));
  const executedWrites = await executeWritesOnCopy(writes, tables, place, leftMs);
  const { server, plans, wishes } = read;
  return { server, statements: plans, trials: [...trials, ...wishes.none], rewrites: [], tables, executedWrites };
}

/** Like {@link explainSql} for a single statement; throws `statement-refused` where it is not explained. */
export async function explainOneSql(options: ExplainSqlOptions): Promise<PlansArtifact> {
  const plans = await explainSql(options);
  const [plan] = plans.statements;
  if (plan?.status === 'refused') throw new Failure('statement-refused', { reason: plan.reason });
  return plans;
}
