import type { Burst, PoolWindow } from './bursts.ts';

/** The trace pass: for every single request, what the database heard between its first and its last byte. */
export interface QueriesArtifact {
  readonly source: 'wire-tap';
  readonly statements: readonly Statement[];
  readonly requests: readonly TracedRequest[];
  /** Left out where requests may not be repeated. */
  readonly bursts?: readonly Burst[];
  readonly pool?: PoolWindow;
  /** What the source saw, so that "nothing found" can be told from "nothing heard". */
  readonly coverage: {
    readonly connections: number;
    readonly executions: number;
    /** Executions that fell between two requests and so belong to none. */
    readonly unattributed: number;
  };
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
  /** Connections to the database that were opened while it ran. */
  readonly connectionsOpened?: number;
  readonly executions: readonly Execution[];
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
      const executions = requests.map((request) => request.executions.filter((e) => e.statement === statement.id));
      const count = executions.reduce((sum, list) => sum + list.length, 0);
      if (count === 0) return [];
      const totalMs = executions.flat().reduce((sum, { durationMs }) => sum + durationMs, 0);
      return [{ endpoint, statement, calls: count / requests.length, totalMs: totalMs / requests.length }];
    });
  });
}
