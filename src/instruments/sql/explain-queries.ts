import { Failure } from '../../model/failure.ts';
import type {
  JoinTrial,
  NarrowTrial,
  PageTrial,
  PlansArtifact,
  RewriteTrial,
  StatementPlan,
} from '../../model/plans.ts';
import type { QueriesArtifact } from '../../model/queries.ts';
import { timeToConnect } from './connect-time.ts';
import { type Connection, withConnection } from './connection.ts';
import { type Explained, explainStatement } from './explain-statement.ts';
import { tryJoin } from './join-trial.ts';
import { type NarrowWish, tryNarrow } from './narrow-trial.ts';
import { tryPage } from './page-trial.ts';
import { tryRewrite } from './rewrite-trial.ts';
import { describeStatement, loadParser } from './statement.ts';
import { pickFedLoops, pickLoops, pickStatements, type StatementChoice } from './statement-choice.ts';
import { indexesFor, outOfTime, tryIndexes } from './try-indexes.ts';
import { tryWrites } from './try-writes.ts';

/** The rest of the budget is for the trials, which prove what the plans only suggest. */
const explainShare = 0.6;

export interface ExplainOptions {
  readonly databaseUrl: string;
  readonly queries: QueriesArtifact;
  /** Statements that give columns which nobody uses. */
  readonly narrow?: readonly NarrowWish[];
  /** Whether a copy of the database may be made on its server. */
  readonly scratch: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (text: string) => void;
  readonly budgetMs?: number;
}

/**
 * The explain pass: plans of the captured statements with their slowest values, batched rewrites of loops, and
 * indexes tried on a scratch copy. The database itself is only read.
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
    const picked = pickStatements(queries);
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
      wanted: await indexesFor(connection, explained),
    };
  });

  const { candidates, none } = read.wanted;
  const trials = await tryIndexes(candidates, { ...options, onProgress }, leftMs);
  const writes = await tryWrites(queries, { ...options, onProgress }, leftMs);
  const { server, plans: statements, rewrites, joins, pages, narrowed } = read;
  return { server, statements, rewrites, joins, writes, pages, narrowed, trials: [...trials, ...none] };
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
export async function explainSql(options: ExplainSqlOptions): Promise<PlansArtifact> {
  const { databaseUrl, sql, parameters, scratch = false, signal, onProgress = () => undefined } = options;
  const endsAt = performance.now() + (options.budgetMs ?? 60_000);
  await loadParser();
  const { fingerprint, normalized } = describeStatement(sql);
  const statement = { fingerprint, shown: normalized, sql, values: parameters, types: [] };
  const { plan, wanted, server } = await withConnection(databaseUrl, signal, async (connection) => {
    const explained = await explainStatement(connection, statement);
    if (explained.plan.status === 'refused') throw new Failure('statement-refused', { reason: explained.plan.reason });
    const wanted = await indexesFor(connection, [explained]);
    return { plan: explained.plan, wanted, server: await serverOf(connection) };
  });
  const place = { databaseUrl, scratch, signal, onProgress };
  const tried = await tryIndexes(wanted.candidates, place, () => endsAt - performance.now());
  return { server, statements: [plan], trials: [...tried, ...wanted.none], rewrites: [] };
}

async function serverOf(connection: Connection): Promise<PlansArtifact['server']> {
  const [row] = await connection.run(`SELECT current_setting('server_version'), current_database()`);
  return { version: row?.[0] ?? '', database: row?.[1] ?? '' };
}
