import type { JoinTrial, NarrowTrial, PageTrial, RewriteTrial } from '../../model/plan-trials.ts';
import type { PlansArtifact, StatementPlan } from '../../model/plans.ts';
import type { QueriesArtifact } from '../../model/queries.ts';
import { timeToConnect } from './connect-time.ts';
import { type Connection, sqlState, withConnection } from './connection.ts';
import { type Explained, explainStatement } from './explain-statement.ts';
import { tryJoin } from './join-trial.ts';
import { type NarrowWish, tryNarrow } from './narrow-trial.ts';
import { tryPage } from './page-trial.ts';
import { tryRewrite } from './rewrite-trial.ts';
import { loadParser } from './statement.ts';
import { pickFedLoops, pickLoops, pickStatements, type StatementChoice } from './statement-choice.ts';
import { readTableStates } from './table-states.ts';
import { indexesFor, outOfTime, tryIndexes } from './try-indexes.ts';
import { tryWrites } from './try-writes.ts';
import { warmClient } from './warm-client.ts';

/** The rest of the budget is for the trials, which prove what the plans only suggest. */
const explainShare = 0.6;

export interface ExplainOptions {
  readonly databaseUrl: string;
  readonly queries: QueriesArtifact;
  /** Statements that give columns which nobody uses. */
  readonly narrow?: readonly NarrowWish[];
  /** Whether a copy of the database may be made on its server. */
  readonly scratch: boolean;
  /** Whether indexes may be built on the database itself, in transactions that are rolled back. */
  readonly inTransaction?: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (text: string) => void;
  readonly budgetMs?: number;
}

/**
 * The explain pass: plans of the captured statements with their slowest values, batched rewrites of loops, the state
 * of their tables, and indexes tried and writes executed on a scratch copy. The database itself is only read.
 *
 * What does not fit into `budgetMs` (60 s unless given) is answered with that reason. Throws `database-refused`,
 * `database-login`, `database-rights` or `interrupted`.
 */
export async function explainQueries(options: ExplainOptions): Promise<PlansArtifact> {
  const { databaseUrl, queries, narrow = [], signal, onProgress = () => undefined, budgetMs = 60_000 } = options;
  const startedAt = performance.now();
  const leftMs = (share = 1) => startedAt + budgetMs * share - performance.now();
  await loadParser();

  const read = await withConnection(databaseUrl, signal, async (connection) => {
    // Before our own statements are counted as uses of the indexes.
    const tables = await statesOf(connection, queries);
    const picked = pickStatements(queries);
    if (picked.length > 0) await warmClient(connection);
    const explained: Explained[] = [];
    for (const [index, each] of picked.entries()) {
      onProgress(`statement ${index + 1} of ${picked.length}`);
      explained.push(await explainPicked(connection, each, leftMs(explainShare)));
    }
    const rewrites: RewriteTrial[] = [];
    const joins: JoinTrial[] = [];
    for (const group of pickLoops(queries)) {
      const { fingerprint } = group.statement;
      onProgress(`one statement in place of ${group.executions.length}`);
      rewrites.push(
        leftMs() > 0 ? await tryRewrite(connection, group) : { status: 'none', fingerprint, reason: outOfTime },
      );
    }
    for (const loop of pickFedLoops(queries)) {
      const { fingerprint } = loop.group.statement;
      onProgress('a JOIN in place of a loop');
      joins.push(
        leftMs() > 0 ? await tryJoin(connection, loop, queries) : { status: 'none', fingerprint, reason: outOfTime },
      );
    }
    const pages: PageTrial[] = [];
    for (const each of picked) {
      const trial = leftMs() > 0 ? await tryPage(connection, each) : undefined;
      if (trial) pages.push(trial);
    }
    const narrowed: NarrowTrial[] = [];
    for (const wish of narrow) {
      const each = picked.find(({ statement }) => statement.fingerprint === wish.fingerprint);
      if (each && leftMs() > 0) narrowed.push(await tryNarrow(connection, each, wish));
    }
    const opens = queries.requests.some(({ connectionsOpened = 0 }) => connectionsOpened > 0);
    const connectMs = opens ? await timeToConnect(databaseUrl, signal) : undefined;
    const server = { ...(await serverOf(connection)), ...(connectMs !== undefined && { connectMs }) };
    return {
      server,
      pages,
      narrowed,
      plans: explained.map(({ plan }) => plan),
      rewrites,
      joins,
      tables,
      wishes: await indexesFor(connection, explained, constantTexts(picked)),
    };
  });

  const { server, plans: statements, rewrites, joins, pages, narrowed, wishes } = read;
  const { trials, tables } = await tryIndexes(wishes, read.tables ?? [], { ...options, onProgress }, leftMs);
  const tried = await tryWrites(queries, tables ?? [], { ...options, onProgress }, leftMs);
  return {
    server,
    statements,
    rewrites,
    joins,
    ...tried,
    pages,
    narrowed,
    trials: [...trials, ...wishes.none],
    ...(read.tables ? { tables } : {}),
  };
}

/** The state of the tables that were used; `undefined` where one of them stays locked. */
async function statesOf(connection: Connection, { statements, requests }: QueriesArtifact) {
  const executed = new Set(requests.flatMap(({ executions }) => executions.map(({ statement }) => statement)));
  const tables = statements.filter(({ id }) => executed.has(id)).flatMap((statement) => statement.tables);
  try {
    return await readTableStates(connection, tables);
  } catch (error) {
    if (sqlState(error) === undefined) throw error;
    return undefined;
  }
}

/** The statements of clients that bind what varies: the constants in their text belong to the program. */
function constantTexts(picked: readonly StatementChoice[]): ReadonlySet<string> {
  return new Set(picked.flatMap(({ statement, constants }) => (constants ? [statement.fingerprint] : [])));
}

async function explainPicked(
  connection: Connection,
  { statement, execution }: StatementChoice,
  leftMs: number,
): Promise<Explained> {
  const { fingerprint, normalized } = statement;
  const refused = (reason: string): { readonly plan: Extract<StatementPlan, { status: 'refused' }> } => ({
    plan: { status: 'refused', fingerprint, sql: normalized, reason },
  });
  if (leftMs <= 0) return refused(outOfTime);
  if (statement.kind === 'unparsable') return refused('it cannot be parsed');
  const { parameters: values = [], parameterTypes: types = [] } = execution ?? {};
  return explainStatement(connection, { fingerprint, shown: normalized, sql: statement.example, values, types });
}

/** Version and name, as reports tell where plans come from. */
export async function serverOf(connection: Connection): Promise<PlansArtifact['server']> {
  const [row] = await connection.run(`SELECT current_setting('server_version'), current_database()`);
  return { version: row?.[0] ?? '', database: row?.[1] ?? '' };
}
