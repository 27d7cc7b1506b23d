import type { HttpResponseFacts } from '../model/http.ts';
import type { PlanNode } from '../model/plan-node.ts';
import type { PlansArtifact, StatementPlan } from '../model/plans.ts';
import type { Execution, QueriesArtifact, ResultColumn, Statement, TracedRequest } from '../model/queries.ts';
import { valueHash } from '../model/value-hash.ts';

type Value = string | number | null;

/** A statement with a fingerprint made of its id; a SELECT on the table behind FROM unless `more` says otherwise. */
export function statement(id: number, normalized: string, more: Partial<Statement> = {}): Statement {
  const table = /\bfrom\s+([\w.]+)/i.exec(normalized)?.[1];
  return {
    id,
    fingerprint: `${String(id).padStart(16, '0')}:${/any\s*\(|\bin\s*\(/i.test(normalized) ? 'list' : 'scalar'}`,
    normalized,
    example: normalized,
    kind: 'select',
    tables: table === undefined ? [] : [table],
    ...more,
  };
}

export interface ExecutionShape extends Partial<Omit<Execution, 'parameters' | 'columns' | 'rows'>> {
  readonly parameters?: readonly Value[];
  /** Values of the rows by column, in order. */
  readonly columns?: Readonly<Record<string, readonly Value[]>>;
  /** Where more rows came than `columns` shows. */
  readonly rows?: number;
}

/** One execution of 0.5 ms; give `startMs`, or let {@link request} put one after the other. */
export function execution(of: Statement, shape: ExecutionShape = {}): Execution {
  const { parameters = [], columns = {}, rows, ...more } = shape;
  const results = Object.entries(columns).map(([name, values], index): ResultColumn => {
    const valueHashes = values.map((value) => valueHash(text(value)));
    return { name, tableOid: 0, columnNumber: index + 1, typeOid: 0, valueHashes };
  });
  return {
    statement: of.id,
    connection: 0,
    startMs: Number.NaN,
    durationMs: 0.5,
    parameters: parameters.map(text),
    parameterTypes: [],
    rows: rows ?? results[0]?.valueHashes.length ?? 0,
    bytes: 0,
    columns: results,
    resultHash: JSON.stringify(columns),
    inTransaction: false,
    ...more,
  };
}

/** A traced request: executions without a time of their own run one after the other, 0.1 ms apart. */
export function request(executions: readonly Execution[], more: Partial<TracedRequest> = {}): TracedRequest {
  let nowMs = 1;
  const timed = executions.map((each) => {
    const placed = Number.isNaN(each.startMs) ? { ...each, startMs: nowMs } : each;
    nowMs = Math.max(nowMs, placed.startMs + placed.durationMs + 0.1);
    return placed;
  });
  return {
    ...{ endpoint: 'GET /orders', method: 'GET', url: '/orders', status: 200, durationMs: nowMs },
    executions: timed,
    ...more,
  };
}

/** The trace pass of these requests. */
export function queriesOf(statements: readonly Statement[], requests: readonly TracedRequest[]): QueriesArtifact {
  const executions = requests.reduce((sum, each) => sum + each.executions.length, 0);
  return { source: 'wire-tap', statements, requests, coverage: { connections: 1, executions, unattributed: 0 } };
}

/** An explain pass that holds what is given. */
export function plansOf(parts: Partial<PlansArtifact> = {}): PlansArtifact {
  return { statements: [], trials: [], rewrites: [], server: { version: '18.0', database: 'app' }, ...parts };
}

/** An executed plan of a statement: 10 ms by one sequential scan, unless said otherwise. */
export function analyzed(
  of: Statement,
  more: Partial<Extract<StatementPlan, { status: 'analyzed' }>> = {},
): Extract<StatementPlan, { status: 'analyzed' }> {
  const { fingerprint, normalized: sql } = of;
  return {
    ...{ status: 'analyzed', fingerprint, sql, binding: 'typed', planningMs: 0.1 },
    ...{ executionMs: 10, runsMs: [10, 10, 10], roundTripMs: 10.2, plan: planNode() },
    ...more,
  };
}

/** A sequential scan of `orders` that takes 10 ms and keeps what it reads. */
export function planNode(more: Partial<PlanNode> = {}): PlanNode {
  return {
    ...{ type: 'Seq Scan', relation: 'orders', conditions: [], estimatedRows: 10, actualRows: 10, loops: 1 },
    ...{ totalMs: 10, selfMs: 10, children: [] },
    ...more,
  };
}

/** An answer of 200 bytes of JSON to the requests of {@link request}. */
export function response(more: Partial<HttpResponseFacts> = {}): HttpResponseFacts {
  return {
    ...{ endpoint: 'GET /orders', status: 200, bodyBytes: 200, decodedBytes: 200, contentType: 'application/json' },
    ...{ contentEncoding: '', cacheControl: '', hasValidator: false, keepAlive: true },
    ...more,
  };
}

function text(value: Value): string | null {
  return value === null ? null : String(value);
}
