import type { IndexTrial, PlansArtifact, RewriteTrial, StatementPlan } from '../../model/plans.ts';
import type { QueriesArtifact } from '../../model/queries.ts';
import { type Connection, withConnection } from './connection.ts';
import { type Explained, explainStatement } from './explain-statement.ts';
import { tryIndex } from './index-trial.ts';
import { tryRewrite } from './rewrite-trial.ts';
import { withScratchCopy } from './scratch-copy.ts';
import { loadParser } from './statement.ts';
import { pickLoops, pickStatements, type StatementChoice } from './statement-choice.ts';
import { readTableFacts, type TableFacts } from './table-facts.ts';
import {
  bestTrials,
  type IndexCandidate,
  type TrialSubject,
  type TriedIndex,
  type UntriedIndex,
  untried,
  wantedIndexes,
} from './wanted-indexes.ts';

/** The rest of the budget is for the trials, which prove what the plans only suggest. */
const explainShare = 0.6;
const outOfTime = 'the time for the explain pass ran out';

export interface ExplainOptions {
  readonly databaseUrl: string;
  readonly queries: QueriesArtifact;
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
  const { databaseUrl, queries, signal, onProgress = () => undefined, budgetMs = 60_000 } = options;
  const startedAt = performance.now();
  const leftMs = (share = 1) => startedAt + budgetMs * share - performance.now();
  await loadParser();

  const read = await withConnection(databaseUrl, signal, async (connection) => {
    const [version] = await connection.run(`SELECT current_setting('server_version'), current_database()`);
    const picked = pickStatements(queries);
    const explained: Explained[] = [];
    for (const [index, each] of picked.entries()) {
      onProgress(`statement ${index + 1} of ${picked.length}`);
      explained.push(await explainPicked(connection, each, leftMs(explainShare)));
    }
    const rewrites: RewriteTrial[] = [];
    for (const group of pickLoops(queries)) {
      const { fingerprint } = group.statement;
      onProgress(`one statement in place of ${group.executions.length}`);
      rewrites.push(
        leftMs() > 0 ? await tryRewrite(connection, group) : { status: 'none', fingerprint, reason: outOfTime },
      );
    }
    const server = { version: version?.[0] ?? '', database: version?.[1] ?? '' };
    return {
      server,
      plans: explained.map(({ plan }) => plan),
      rewrites,
      wanted: await indexesFor(connection, explained),
    };
  });

  const { candidates, none } = read.wanted;
  const trials = await tryIndexes(candidates, { ...options, onProgress }, leftMs);
  return { server: read.server, statements: read.plans, rewrites: read.rewrites, trials: [...trials, ...none] };
}

/** The indexes that the plans of executed statements ask for. */
export async function indexesFor(
  connection: Connection,
  explained: readonly Explained[],
): Promise<ReturnType<typeof wantedIndexes>> {
  const subjects: { readonly subject: TrialSubject; readonly tables: readonly TableFacts[] }[] = [];
  for (const each of explained) {
    if (!('safety' in each)) continue;
    const { plan, statement, safety } = each;
    const tables = await readTableFacts(connection, safety.tree);
    subjects.push({
      subject: { fingerprint: plan.fingerprint, statement, select: safety.select, plan: plan.plan },
      tables,
    });
  }
  return wantedIndexes(subjects);
}

/** Tries the candidates on one scratch copy, or says why they could not be tried. */
export async function tryIndexes(
  candidates: readonly IndexCandidate[],
  {
    databaseUrl,
    scratch,
    signal,
    onProgress,
  }: Required<Pick<ExplainOptions, 'databaseUrl' | 'scratch' | 'signal' | 'onProgress'>>,
  leftMs: () => number,
): Promise<readonly IndexTrial[]> {
  const allUntried = (reason: string) => bestTrials(candidates.flatMap((candidate) => untried(candidate, reason)));
  if (candidates.length === 0) return [];
  if (!scratch) return allUntried('no copy of this database may be made: database.scratch is not set');
  if (leftMs() <= 0) return allUntried(outOfTime);
  onProgress('copying the database');
  const copied = await withScratchCopy(
    databaseUrl,
    signal,
    async (copy) => {
      const trials: (readonly (TriedIndex | UntriedIndex)[])[] = [];
      for (const candidate of candidates) {
        const { table, columns } = candidate;
        onProgress(`an index on ${table.writtenAs} (${columns.join(', ')})`);
        trials.push(leftMs() > 0 ? await tryIndex(copy, candidate, leftMs()) : untried(candidate, outOfTime));
      }
      return bestTrials(trials.flat());
    },
    leftMs(),
  );
  return copied.status === 'made' ? copied.value : allUntried(copied.reason);
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
  if (!execution) return refused('no values that fit its text were captured');
  const { parameters: values, parameterTypes: types } = execution;
  return explainStatement(connection, { fingerprint, shown: normalized, sql: statement.example, values, types });
}
