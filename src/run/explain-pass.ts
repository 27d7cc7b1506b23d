import { explainQueries } from '../instruments/sql/explain-queries.ts';
import type { GatheredArtifact } from '../model/artifacts.ts';
import { placed } from '../model/failure.ts';
import type { PlansArtifact, TableState } from '../model/plans.ts';
import { type QueriesArtifact, repeatedStatements } from '../model/queries.ts';
import type { PassContext } from './pass-context.ts';

/**
 * The fourth pass: EXPLAIN of the statements that were seen, index and rewrite trials; no service runs.
 *
 * Where variants share one database, a statement that `known` already holds is not explained again.
 */
export async function explainPass(
  { scenario, database, signal, onProgress }: PassContext,
  variant: string,
  queries: GatheredArtifact<QueriesArtifact>,
  known?: PlansArtifact,
): Promise<GatheredArtifact<PlansArtifact>> {
  if (!database) return { status: 'missing', reason: 'the scenario names no database' };
  if (queries.status === 'missing')
    return { status: 'missing', reason: `no statement was captured: ${queries.reason}` };
  const plans = await explainQueries({
    databaseUrl: database.urlFor(variant),
    scratch: database.scratch,
    inTransaction: scenario.database?.trial === 'transaction',
    queries: known ? withoutKnown(queries.value, known) : queries.value,
    signal,
    onProgress: (text) => onProgress({ pass: 'explain', text: `${variant}: ${text}` }),
  }).catch((error: unknown) => {
    throw placed(error, scenario.positions['database.url']);
  });
  return { status: 'gathered', value: known ? merge(queries.value, known, plans) : plans };
}

/** The executions whose statement is not known yet, or runs in a loop of which no rewrite was tried. */
function withoutKnown(queries: QueriesArtifact, known: PlansArtifact): QueriesArtifact {
  const explained = new Set(known.statements.map(({ fingerprint }) => fingerprint));
  const rewritten = new Set(known.rewrites.map(({ fingerprint }) => fingerprint));
  const repeated = new Set(repeatedStatements(queries).map(({ statement }) => statement.fingerprint));
  const isNew = (id: number) => {
    const fingerprint = queries.statements[id]?.fingerprint ?? '';
    return !explained.has(fingerprint) || (repeated.has(fingerprint) && !rewritten.has(fingerprint));
  };
  return {
    ...queries,
    requests: queries.requests.map((request) => ({
      ...request,
      executions: request.executions.filter(({ statement }) => isNew(statement)),
    })),
  };
}

/** What is known of the statements of `queries`, from both. */
function merge(queries: QueriesArtifact, known: PlansArtifact, added: PlansArtifact): PlansArtifact {
  const executed = new Set(queries.requests.flatMap(({ executions }) => executions.map(({ statement }) => statement)));
  const fingerprints = new Set(queries.statements.filter(({ id }) => executed.has(id)).map((s) => s.fingerprint));
  const relevant = ({ fingerprint }: { readonly fingerprint: string }) => fingerprints.has(fingerprint);
  const explained = new Set(known.statements.map(({ fingerprint }) => fingerprint));
  const isNew = ({ fingerprint }: { readonly fingerprint: string }) => !explained.has(fingerprint);
  return {
    server: added.server,
    statements: [...known.statements.filter(relevant), ...added.statements.filter(isNew)],
    trials: [...known.trials.filter(relevant), ...added.trials.filter(isNew)],
    rewrites: [...known.rewrites.filter(relevant), ...added.rewrites],
    ...(known.tables || added.tables ? { tables: mergedTables(queries, known, added) } : {}),
  };
}

/** The tables that `queries` names: as they were found first, since our own statements count as uses of their indexes. */
function mergedTables(queries: QueriesArtifact, known: PlansArtifact, added: PlansArtifact): readonly TableState[] {
  const nameOf = (table: string) => table.split('.').at(-1);
  const executed = new Set(queries.requests.flatMap(({ executions }) => executions.map(({ statement }) => statement)));
  const named = queries.statements.filter(({ id }) => executed.has(id)).flatMap(({ tables }) => tables.map(nameOf));
  const tables = [...(added.tables ?? []), ...(known.tables ?? [])].filter(({ table }) =>
    named.includes(nameOf(table)),
  );
  return [...new Map(tables.map((state) => [state.table, state])).values()];
}
