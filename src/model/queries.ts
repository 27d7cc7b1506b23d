import type { Burst, PoolWindow } from './bursts.ts';

/**
 * Where statements were heard: between service and database, in the server's log, or in its own statistics, which know
 * how often a statement ran and neither values, results nor order.
 */
export type StatementSourceName = 'wire-tap' | 'server-log' | 'pg_stat_statements';

/** The trace pass: for every single request, what the database heard between its first and its last byte. */
export interface QueriesArtifact {
  readonly source: StatementSourceName;
  readonly statements: readonly Statement[];
  readonly requests: readonly TracedRequest[];
  /** Left out where requests may not be repeated. */
  readonly bursts?: readonly Burst[];
  readonly pool?: PoolWindow;
  readonly coverage: StatementCoverage;
  /** What `pg_stat_statements` counted under the full load of each flow; left out where the server has it not. */
  readonly underLoad?: readonly CountedFlow[];
}

/** What a source saw, so that "nothing found" can be told from "nothing heard". */
export interface StatementCoverage {
  /** Those of the service; 0 where the source does not tell them apart. */
  readonly connections: number;
  readonly executions: number;
  /** Executions that fell between two requests, or are those of others, and so belong to none. */
  readonly unattributed: number;
  /** Executions before the first request: they show that the source hears the service, where its requests are silent. */
  readonly earlier?: number;
  /** How a statement is known to belong to a request. Left out: by time. */
  readonly attribution?: 'time' | 'traceparent';
  /** Connections that could not be followed: what they said is missing. */
  readonly unreadable?: number;
  /** Share of the statements that the server logs at all, where it is not all of them. */
  readonly sampledShare?: number;
  /** Executions whose place in the code is known; left out where nothing looked for it. */
  readonly placed?: number;
}

/** One flow alone at full load, with nothing attached to the service: what the server counted meanwhile. */
export interface CountedFlow {
  readonly flow: string;
  readonly endpoints: readonly string[];
  readonly requests: number;
  readonly statements: readonly {
    /** As in {@link Statement}. */
    readonly fingerprint: string;
    /** Per request of the flow. */
    readonly calls: number;
    /** Time in the server, per request of the flow. */
    readonly totalMs: number;
  }[];
}

/** A statement without its literals. */
export interface Statement {
  /** Index in `QueriesArtifact.statements`. */
  readonly id: number;
  /** 16 hex digits (libpg_query), then `:scalar` or `:list` for the class of its predicates; stable between runs. */
  readonly fingerprint: string;
  /** The text with literals replaced by `$n`; safe to show. */
  readonly normalized: string;
  /** One text as it was sent: may hold literals, so it is shown only when asked for. */
  readonly example: string;
  readonly kind: 'select' | 'insert' | 'update' | 'delete' | 'transaction' | 'utility' | 'unparsable';
  /** Names of the tables that it reads or writes, as written (`schema.table` where qualified). */
  readonly tables: readonly string[];
}

export interface TracedRequest {
  readonly endpoint: string;
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly status: number;
  /** From the first byte sent to the last byte received, with the tap attached: not a metric. */
  readonly durationMs: number;
  /** On one clock for all requests of the trace pass. */
  readonly sentAtMs?: number;
  readonly executions: readonly Execution[];
  /**
   * Connections to the database that were opened while it ran, but for those which take the place of others that a pool
   * had closed for being idle; left out where the source does not see them.
   */
  readonly connectionsOpened?: number;
  /** How often each statement ran, from a source that cannot tell one execution from another: `executions` is empty then. */
  readonly counts?: readonly StatementCount[];
}

export interface StatementCount {
  /** Index in `QueriesArtifact.statements`. */
  readonly statement: number;
  readonly calls: number;
  readonly totalMs: number;
  readonly rows: number;
}

/** One execution of one statement. */
export interface Execution {
  /** Index in `QueriesArtifact.statements`. */
  readonly statement: number;
  /** Connection on which it ran, numbered from 0. */
  readonly connection: number;
  /** Since the request's first byte. */
  readonly startMs: number;
  readonly durationMs: number;
  /** Bound values as text, `null` for NULL; those that cannot be shown as text as `\x…`. Empty for literals in the text. */
  readonly parameters: readonly (string | null)[];
  /** Constants of the text in order, unquoted: what tells the executions of a client apart that binds nothing. */
  readonly literals?: readonly string[];
  /** Type oids from Parse; 0 or missing where the client left them to the server. */
  readonly parameterTypes: readonly number[];
  readonly rows: number;
  /** Bytes of the result's rows. */
  readonly bytes: number;
  readonly columns: readonly ResultColumn[];
  /** SHA-1 (hex) of the result's rows in order; equal results have equal hashes. */
  readonly resultHash: string;
  /** SQLSTATE, where the statement failed. */
  readonly error?: string;
  readonly inTransaction: boolean;
  /** Where the service sent it; left out where that is not known for certain. */
  readonly place?: CodePlace;
  /** What a comment in the statement says of it, as sqlcommenter and marginalia write it: route, controller, traceparent. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** A line in the code of the service; lines and columns count from 1, and are those of the source where a map told. */
export interface CodePlace {
  /** A path as the runtime or the comment gives it. */
  readonly file: string;
  readonly line: number;
  readonly column?: number;
  /** The function. */
  readonly name?: string;
}

export interface ResultColumn {
  readonly name: string;
  /** 0 where the column is an expression. */
  readonly tableOid: number;
  readonly columnNumber: number;
  readonly typeOid: number;
  /** {@link valueHash} of each row's value, for the first {@link maxHashedRows} rows: the values themselves are not kept. */
  readonly valueHashes: readonly string[];
  /** Bytes of the values that were hashed, as they came over the wire. */
  readonly hashedBytes?: number;
}

/** Rows of a result whose values are hashed; a loop over more rows than this is still proven by those. */
export const maxHashedRows = 2000;

/** Executions of one statement in one request whose bound values differ. */
export interface RepeatedStatement {
  readonly request: TracedRequest;
  readonly statement: Statement;
  readonly executions: readonly Execution[];
  /** How many different lists of values were bound. */
  readonly distinctParameters: number;
}

/**
 * The statements that ran more than once in one request, for every request, most repeated first.
 *
 * Transaction control (BEGIN, COMMIT, …) and settings are not counted: they carry no data.
 */
export function repeatedStatements(queries: QueriesArtifact): readonly RepeatedStatement[] {
  return queries.requests
    .flatMap((request) => {
      const groups = new Map<number, Execution[]>();
      for (const execution of request.executions) {
        const group = groups.get(execution.statement);
        if (group) group.push(execution);
        else groups.set(execution.statement, [execution]);
      }
      return [...groups].flatMap(([id, executions]) => {
        const statement = queries.statements[id];
        if (!statement || executions.length < 2) return [];
        if (statement.kind === 'transaction' || statement.kind === 'utility') return [];
        const distinctParameters = new Set(executions.map(parametersKey)).size;
        return [{ request, statement, executions, distinctParameters }];
      });
    })
    .sort((a, b) => b.executions.length - a.executions.length);
}

/** Whether rows, bytes and values of results are known; a server tells others only what it was asked. */
export function seesResults({ source }: Pick<QueriesArtifact, 'source'>): boolean {
  return source === 'wire-tap';
}

/** What an execution was run with: its bound values, then the constants of its text. */
export function valuesOf(execution: Pick<Execution, 'parameters' | 'literals'>): readonly (string | null)[] {
  return execution.literals ? [...execution.parameters, ...execution.literals] : execution.parameters;
}

/** A text that is equal for equal values, bound or written into the statement. */
export function parametersKey(execution: Pick<Execution, 'parameters' | 'literals'>): string {
  return JSON.stringify(valuesOf(execution));
}

/** Drivers and ORMs read the catalogue when they connect: that is nothing the endpoint does. */
export function readsSystemTables({ tables }: Pick<Statement, 'tables'>): boolean {
  return tables.length > 0 && tables.every((table) => /^(?:pg_|information_schema\.)/.test(table));
}

/** The traced requests of one endpoint. */
export function requestsOf(queries: QueriesArtifact, endpoint: string): readonly TracedRequest[] {
  return queries.requests.filter((request) => request.endpoint === endpoint);
}

/** How often each endpoint runs each statement, as the mean over its traced requests; combinations that never occur are left out. */
export function callsPerRequest(queries: QueriesArtifact): readonly {
  readonly endpoint: string;
  readonly statement: Statement;
  readonly calls: number;
  readonly totalMs: number;
}[] {
  const endpoints = [...new Set(queries.requests.map(({ endpoint }) => endpoint))];
  return endpoints.flatMap((endpoint) => {
    const requests = requestsOf(queries, endpoint);
    return queries.statements.flatMap((statement) => {
      const own = <T extends { readonly statement: number }>(all: readonly T[]) =>
        all.filter((each) => each.statement === statement.id);
      const executions = requests.flatMap((request) => own(request.executions));
      const counts = requests.flatMap((request) => own(request.counts ?? []));
      const calls = executions.length + counts.reduce((sum, count) => sum + count.calls, 0);
      if (calls === 0) return [];
      const totalMs =
        executions.reduce((sum, { durationMs }) => sum + durationMs, 0) +
        counts.reduce((sum, count) => sum + count.totalMs, 0);
      return [{ endpoint, statement, calls: calls / requests.length, totalMs: totalMs / requests.length }];
    });
  });
}
