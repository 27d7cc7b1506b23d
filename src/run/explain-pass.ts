import { overFetches } from '../audits/over-fetch.ts';
import { overFetching } from '../audits/over-fetching.ts';
import { explainQueries } from '../instruments/sql/explain-queries.ts';
import type { Gathered, GatheredArtifact } from '../model/artifacts.ts';
import { placed } from '../model/failure.ts';
import type { HttpArtifact } from '../model/http.ts';
import type { PlansArtifact } from '../model/plans.ts';
import type { QueriesArtifact } from '../model/queries.ts';
import { repeatsOf } from '../model/repeats.ts';
import type { TableState } from '../model/table-state.ts';
import type { PassContext } from './pass-context.ts';

/**
 * The fourth pass: EXPLAIN of the statements that were seen, index and rewrite trials; no service runs.
 *
 * Where variants share one database, a statement that `known` already holds is not explained again.
 */
export async function explainPass(
  { scenario, database, signal, onProgress }: PassContext,
  variant: string,
  { queries, http }: Pick<Gathered, 'queries' | 'http'>,
  known?: PlansArtifact,
): Promise<GatheredArtifact<PlansArtifact>> {
  if (!database) return { status: 'missing', reason: 'the scenario names no database' };
  if (queries.status === 'missing')
    return { status: 'missing', reason: `no statement was captured: ${queries.reason}` };
  const plans = await explainQueries({
    databaseUrl: database.urlFor(variant),
    scratch: database.scratch,
    narrow: http.status === 'gathered' ? unusedColumns(queries.value, http.value) : [],
    inTransaction: scenario.database?.trial === 'transaction',
    queries: known ? withoutKnown(queries.value, known) : queries.value,
    signal,
    onProgress: (text) => onProgress({ pass: 'explain', text: `${variant}: ${text}` }),
  }).catch((error: unknown) => {
    throw placed(error, scenario.positions['database.url']);
  });
  return { status: 'gathered', value: known ? merge(queries.value, known, plans) : plans };
}

/** Where endpoints differ in what they use, the statement keeps what any of them uses. */
function unusedColumns(queries: QueriesArtifact, http: HttpArtifact) {
  const wishes = new Map<string, readonly string[]>();
  for (const { statement, unused } of overFetches(queries, http, overFetching.defaults)) {
    const columns = unused.map(({ name }) => name);
    const before = wishes.get(statement.fingerprint);
    wishes.set(statement.fingerprint, before ? before.filter((name) => columns.includes(name)) : columns);
  }
  return [...wishes].flatMap(([fingerprint, columns]) => (columns.length > 0 ? [{ fingerprint, columns }] : []));
}

/** The executions whose statement is not known yet; whole requests where one runs in a loop of which no rewrite was tried. */
function withoutKnown(queries: QueriesArtifact, known: PlansArtifact): QueriesArtifact {
  const explained = new Set(known.statements.map(({ fingerprint }) => fingerprint));
  const tried = [...known.rewrites, ...(known.writes ?? [])];
  const rewritten = new Set(tried.map(({ fingerprint }) => fingerprint));
  const isNew = (id: number) => !explained.has(queries.statements[id]?.fingerprint ?? '');
  const loops = new Set(
    [...repeatsOf(queries, 'loop'), ...repeatsOf(queries, 'write-loop')]
      .filter(({ statement }) => !rewritten.has(statement.fingerprint))
      .map(({ request }) => request),
  );
  return {
    ...queries,
    requests: queries.requests.map((request) =>
      // The rewrite needs the statement that fed the loop, too.
      loops.has(request)
        ? request
        : { ...request, executions: request.executions.filter(({ statement }) => isNew(statement)) },
    ),
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
    server: { ...known.server, ...added.server },
    statements: [...known.statements.filter(relevant), ...added.statements.filter(isNew)],
    trials: [...known.trials.filter(relevant), ...added.trials.filter(isNew)],
    rewrites: joinTried(known.rewrites.filter(relevant), added.rewrites),
    joins: joinTried(known.joins?.filter(relevant), added.joins),
    writes: joinTried(known.writes?.filter(relevant), added.writes),
    narrowed: [...(known.narrowed ?? []).filter(relevant), ...(added.narrowed ?? []).filter(isNew)],
    pages: [...(known.pages ?? []).filter(relevant), ...(added.pages ?? []).filter(isNew)],
    ...(known.tables || added.tables ? { tables: mergedTables(queries, known, added) } : {}),
  };
}

function joinTried<T extends { readonly fingerprint: string }>(
  known: readonly T[] = [],
  added: readonly T[] = [],
): readonly T[] {
  const tried = new Set(known.map(({ fingerprint }) => fingerprint));
  return [...known, ...added.filter(({ fingerprint }) => !tried.has(fingerprint))];
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
