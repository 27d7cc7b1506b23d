import { concurrencyOf, waitedMs } from '../model/concurrency.ts';
import {
  type Execution,
  type QueriesArtifact,
  readsSystemTables,
  requestsOf,
  type Statement,
  type StatementCount,
} from '../model/queries.ts';

/** What the traced requests of one endpoint did with some statements: an entry per request, 0 where none ran. */
export interface TracedUse {
  readonly calls: readonly number[];
  /** With the tap in between, which adds some tenths of a millisecond to each execution. */
  readonly waitedMs: readonly number[];
  /** How many ran at the same time in the request that had the most. */
  readonly concurrency: number;
}

/** One statement, known by its fingerprint, on both sides. */
export interface PairedStatement {
  readonly statement: Statement;
  readonly before: TracedUse;
  readonly after: TracedUse;
}

/** All statements of the endpoint's requests together; those with which drivers read the catalogue are none of its own. */
export function tracedUse(queries: QueriesArtifact, endpoint: string, fingerprint?: string): TracedUse {
  const counts = ({ statement: id }: Pick<Execution, 'statement'>) => {
    const statement = queries.statements[id];
    if (statement === undefined || readsSystemTables(statement)) return false;
    return fingerprint === undefined || statement.fingerprint === fingerprint;
  };
  const traced = requestsOf(queries, endpoint);
  const requests = traced.map(({ executions }) => executions.filter(counts));
  const counted = traced.map((request) => (request.counts ?? []).filter(counts));
  const sum = (index: number, value: (count: StatementCount) => number) =>
    (counted[index] ?? []).reduce((total, count) => total + value(count), 0);
  return {
    calls: requests.map(({ length }, index) => length + sum(index, ({ calls }) => calls)),
    waitedMs: requests.map((executions, index) => waitedMs(executions) + sum(index, ({ totalMs }) => totalMs)),
    concurrency: concurrencyOf(requests.reduce((most, each) => (each.length > most.length ? each : most), [])),
  };
}

/** Every statement that the endpoint ran on either side. */
export function pairedStatements(
  [before, after]: readonly [QueriesArtifact, QueriesArtifact],
  endpoint: string,
): readonly PairedStatement[] {
  const statements = new Map([...after.statements, ...before.statements].map((each) => [each.fingerprint, each]));
  return [...statements.values()]
    .map((statement) => ({
      statement,
      before: tracedUse(before, endpoint, statement.fingerprint),
      after: tracedUse(after, endpoint, statement.fingerprint),
    }))
    .filter((pair) => [...pair.before.calls, ...pair.after.calls].some((calls) => calls > 0));
}
