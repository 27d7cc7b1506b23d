import type { StatementPlan } from '../../model/plans.ts';
import { median } from '../../stats/summary.ts';
import { catalogRefusal } from './catalog-safety.ts';
import { type BoundStatement, type Connection, describeRefusal, sqlState } from './connection.ts';
import { type Binding, bindParameters, explainGeneric, explainText } from './parameter-binding.ts';
import { type ExplainedPlan, readPlan } from './plan-tree.ts';
import { defaultLimits, inReadOnlyTransaction, type StatementLimits } from './read-only.ts';
import { repeatWarm } from './repeated-time.ts';
import { assessStatement, type Safety } from './statement-safety.ts';
import { parameterCount } from './tree-nodes.ts';

/** A statement to be explained; `sql` is its text as sent. */
export interface StatementToExplain extends BoundStatement {
  readonly fingerprint: string;
  /** The text without literals. */
  readonly shown: string;
}

type Analyzed = Extract<StatementPlan, { status: 'analyzed' }>;

/** A plan, and for an executed statement what is needed to run it again. */
export type Explained =
  | { readonly plan: Analyzed; readonly statement: BoundStatement; readonly safety: Executable }
  | { readonly plan: Exclude<StatementPlan, Analyzed> };

export type Executable = Extract<Safety, { verdict: 'execute' }>;

/**
 * EXPLAIN ANALYZE of one harmless SELECT, read-only and with time limits: the median of three runs after one to
 * warm up. What writes is planned only, what is dangerous or wrong is refused; only a lost connection throws.
 */
export async function explainStatement(
  connection: Connection,
  { fingerprint, shown, ...given }: StatementToExplain,
  limits: StatementLimits = defaultLimits,
): Promise<Explained> {
  const refused = (reason: string): Explained => ({ plan: { status: 'refused', fingerprint, sql: shown, reason } });
  const planned = (reason: string, explained: string, values = given.values): Explained => {
    const { plan } = readPlan(explained, values);
    return { plan: { status: 'planned', fingerprint, sql: shown, reason, plan } };
  };

  const safety = await safetyOf(connection, given.sql, given.types, limits);
  if (safety.verdict === 'refuse') return refused(safety.reason);
  const parameters = parameterCount(safety.tree);
  if (given.values.length > 0 && given.values.length !== parameters) {
    return refused(`it has ${parameters} parameters, but ${given.values.length} values are given`);
  }
  const binding: Binding =
    given.values.length < parameters
      ? { status: 'unbound', reason: 'no values are known for its parameters' }
      : await bindParameters(connection, { ...given, sql: safety.sql });
  if (binding.status === 'unbound') {
    if (parameters === 0) return refused(binding.reason);
    try {
      return planned(binding.reason, await explainGeneric(connection, safety.sql, parameters), []);
    } catch (error) {
      return refused(describeRefusal(error));
    }
  }
  if (safety.verdict === 'plan') return planned(safety.reason, binding.explained);

  const { statement } = binding;
  try {
    const runs = await analyze(connection, statement, limits);
    const roundTrips = await inReadOnlyTransaction(
      connection,
      () => repeatWarm(() => connection.time(statement)),
      limits,
    );
    const plan: Analyzed = {
      status: 'analyzed',
      fingerprint,
      sql: shown,
      binding: binding.binding,
      ...runs,
      roundTripMs: median(roundTrips) ?? 0,
    };
    return { plan, statement, safety };
  } catch (error) {
    return planned(executionRefusal(error, limits), binding.explained);
  }
}

/**
 * Whether a text may be executed or planned, by its syntax and by the catalogue of the database.
 *
 * @param types - the types that the client declared for its parameters
 */
export async function safetyOf(
  connection: Connection,
  sql: string,
  types: readonly number[],
  limits = defaultLimits,
): Promise<Safety> {
  const safety = assessStatement(sql);
  if (safety.verdict === 'refuse') return safety;
  const use = safety.verdict === 'execute' ? 'executed' : 'planned';
  try {
    // The text of a view waits for whoever has locked a table that it reads.
    const reason = await inReadOnlyTransaction(
      connection,
      () => catalogRefusal(connection, safety.tree, use, types),
      limits,
    );
    return reason ? { verdict: 'refuse', reason } : safety;
  } catch (error) {
    return { verdict: 'refuse', reason: executionRefusal(error, limits) };
  }
}

/** Why a statement that could be planned could not be executed. */
export function executionRefusal(error: unknown, limits: StatementLimits = defaultLimits): string {
  const state = sqlState(error);
  if (state === '57014') return `it ran for longer than ${limits.statementMs / 1000} s and was stopped`;
  if (state === '55P03') return 'a table was locked by somebody else';
  return describeRefusal(error);
}

async function analyze(
  connection: Connection,
  statement: BoundStatement,
  limits: StatementLimits,
): Promise<Pick<Analyzed, 'executionMs' | 'runsMs' | 'planningMs' | 'jitMs' | 'plan'>> {
  const { sql, values, types } = statement;
  const explain = async (): Promise<ExplainedPlan> =>
    readPlan(
      explainText(await connection.run(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sql}`, values, types)),
      values,
    );
  const threeRuns = { atLeast: 3, forMs: 0, atMost: 3, atMostMs: limits.statementMs };
  const runs = await inReadOnlyTransaction(connection, () => repeatWarm(explain, threeRuns), limits);
  const byTime = [...runs].sort((a, b) => (a.executionMs ?? 0) - (b.executionMs ?? 0));
  const middle = byTime[(byTime.length - 1) >> 1];
  if (!middle) throw new Error('EXPLAIN ANALYZE gave no plan');
  const runsMs = runs.map(({ executionMs = 0 }) => executionMs);
  return {
    plan: middle.plan,
    planningMs: middle.planningMs ?? 0,
    ...(middle.jitMs === undefined ? {} : { jitMs: middle.jitMs }),
    executionMs: median(runsMs) ?? 0,
    runsMs,
  };
}
