import type { Burst, BurstStatement, LoneRequest, PoolWindow } from '../model/bursts.ts';
import type {
  CodePlace,
  CountedFlow,
  Execution,
  QueriesArtifact,
  ResultColumn,
  Statement,
  StatementCount,
  StatementCoverage,
  TracedRequest,
} from '../model/queries.ts';
import {
  boolean,
  type Keys,
  keys,
  listOf,
  mapOf,
  nullable,
  number,
  oneOf,
  optional,
  type Shape,
  text,
} from './shape.ts';

const resultColumn: Keys<ResultColumn> = {
  name: text,
  tableOid: number,
  columnNumber: number,
  typeOid: number,
  valueHashes: listOf(text),
  hashedBytes: optional(number),
};

/** A line in the code of the service. */
export const codePlace: Shape = keys<CodePlace>({
  file: text,
  line: number,
  column: optional(number),
  name: optional(text),
});

const execution: Keys<Execution> = {
  statement: number,
  connection: number,
  startMs: number,
  durationMs: number,
  parameters: listOf(nullable(text)),
  literals: optional(listOf(text)),
  parameterTypes: listOf(number),
  rows: number,
  bytes: number,
  columns: listOf(keys(resultColumn)),
  resultHash: text,
  error: optional(text),
  inTransaction: boolean,
  place: optional(codePlace),
  tags: optional(mapOf(text)),
};

const burst: Keys<Burst> = {
  endpoint: text,
  when: oneOf('start', 'later'),
  atOnce: number,
  alone: number,
  statements: listOf(
    keys<BurstStatement>({
      fingerprint: text,
      normalized: text,
      kind: text,
      tables: listOf(text),
      values: text,
      runsAtOnce: number,
      runsAlone: number,
      quickMs: number,
    }),
  ),
};

const pool: Keys<PoolWindow> = {
  users: number,
  durationMs: number,
  open: listOf(number),
  held: listOf(number),
  leftInTransaction: number,
  afterwards: optional(
    listOf(
      keys<LoneRequest>({
        endpoint: text,
        status: optional(number),
        durationMs: number,
        statements: number,
        open: number,
        held: number,
      }),
    ),
  ),
  statements: listOf(
    keys<PoolWindow['statements'][number]>({ fingerprint: text, executions: number, medianMs: number }),
  ),
};

/** What a source of statements saw. */
export const statementCoverage: Keys<StatementCoverage> = {
  connections: number,
  executions: number,
  unattributed: number,
  earlier: optional(number),
  attribution: optional(oneOf('time', 'traceparent')),
  unreadable: optional(number),
  sampledShare: optional(number),
  placed: optional(number),
};

export const statementSource = oneOf('wire-tap', 'server-log', 'pg_stat_statements');

export const queriesShape = keys<QueriesArtifact>({
  source: statementSource,
  bursts: optional(listOf(keys(burst))),
  pool: optional(keys(pool)),
  statements: listOf(
    keys<Statement>({
      id: number,
      fingerprint: text,
      normalized: text,
      example: text,
      kind: text,
      tables: listOf(text),
    }),
  ),
  requests: listOf(
    keys<TracedRequest>({
      endpoint: text,
      method: text,
      url: text,
      status: number,
      durationMs: number,
      sentAtMs: optional(number),
      executions: listOf(keys(execution)),
      connectionsOpened: optional(number),
      counts: optional(
        listOf(keys<StatementCount>({ statement: number, calls: number, totalMs: number, rows: number })),
      ),
    }),
  ),
  coverage: keys(statementCoverage),
  underLoad: optional(
    listOf(
      keys<CountedFlow>({
        flow: text,
        endpoints: listOf(text),
        requests: number,
        statements: listOf(
          keys<CountedFlow['statements'][number]>({ fingerprint: text, calls: number, totalMs: number }),
        ),
      }),
    ),
  ),
});
