import type { PassArtifactKey } from '../model/artifacts.ts';
import type { Burst, BurstStatement, PoolWindow } from '../model/bursts.ts';
import type { HttpArtifact, ResponseValues } from '../model/http.ts';
import type {
  ForeignKey,
  IndexState,
  IndexTrial,
  JoinTrial,
  NarrowTrial,
  OtherStatement,
  PageTrial,
  PlanNode,
  PlansArtifact,
  RewriteTrial,
  StatementPlan,
  TableState,
  WriteChange,
  WriteCost,
  WriteTrial,
} from '../model/plans.ts';
import type { FlowProfile, Frame, ProfileArtifact, StackProfile } from '../model/profile.ts';
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
import type { RuntimeArtifact, RuntimeWindow } from '../model/runtime.ts';
import { loadShape as load } from './load-shape.ts';
import {
  boolean,
  type Keys,
  keys,
  lazy,
  listOf,
  mapOf,
  named,
  nullable,
  number,
  oneOf,
  optional,
  type Shape,
  ShapeError,
  shapeOf,
  tagged,
  text,
} from './shape.ts';

type Status<T, S extends string> = Omit<Extract<T, { readonly status: S }>, 'status'>;

/** A place in the code of the service. */
export const frame: Shape = keys<Frame>({
  name: text,
  file: text,
  line: optional(number),
  column: optional(number),
  kind: oneOf('user', 'dependency', 'runtime', 'gc'),
});

const columns = keys<StackProfile>({
  frames: listOf(frame),
  parent: listOf(number),
  frame: listOf(number),
  selfUs: listOf(number),
  totalUs: number,
});

/** Whoever walks up from a node must arrive at a root. */
const stacks = shapeOf((value, path) => {
  columns(value, path);
  const node = (value as StackProfile).parent.findIndex((parent, index) => parent >= index);
  if (node >= 0) throw new ShapeError(`${path}.parent.${node} must be a node before it`);
}, columns.describe);

const profile = keys<ProfileArtifact>({
  runtime: text,
  flows: listOf(
    keys<FlowProfile>({
      flow: text,
      endpoints: listOf(text),
      requests: number,
      windowMs: number,
      samplingUs: number,
      profile: stacks,
    }),
  ),
});

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

const queries = keys<QueriesArtifact>({
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

/** A node of a plan with all nodes below it. */
export const planNode: Shape = named(
  'planNode',
  keys<PlanNode>({
    type: text,
    part: optional(text),
    relation: optional(text),
    index: optional(text),
    conditions: listOf(text),
    estimatedRows: number,
    actualRows: optional(number),
    loops: optional(number),
    totalMs: optional(number),
    selfMs: optional(number),
    rowsRemoved: optional(number),
    rowsRechecked: optional(number),
    sharedHitBlocks: optional(number),
    sharedReadBlocks: optional(number),
    tempWrittenBlocks: optional(number),
    sortMethod: optional(text),
    heapFetches: optional(number),
    lossyBlocks: optional(number),
    exactBlocks: optional(number),
    hashBatches: optional(number),
    workersPlanned: optional(number),
    workersLaunched: optional(number),
    children: listOf(lazy(() => planNode)),
  }),
);

const statementPlans: { readonly [S in StatementPlan['status']]: Shape } = {
  analyzed: keys<Status<StatementPlan, 'analyzed'>>({
    fingerprint: text,
    sql: text,
    binding: oneOf('literals', 'typed', 'text', 'casts'),
    planningMs: number,
    jitMs: optional(number),
    executionMs: number,
    runsMs: listOf(number),
    roundTripMs: number,
    plan: planNode,
  }),
  planned: keys<Status<StatementPlan, 'planned'>>({ fingerprint: text, sql: text, reason: text, plan: planNode }),
  refused: keys<Status<StatementPlan, 'refused'>>({ fingerprint: text, sql: text, reason: text }),
};

const candidate = {
  fingerprint: text,
  table: text,
  columns: listOf(text),
  include: optional(listOf(text)),
  predicate: optional(text),
  ddl: text,
};

const writeChange = keys<WriteChange>({
  withoutMs: number,
  withMs: number,
  withoutWalBytes: number,
  withWalBytes: number,
});
const writes = keys<WriteCost>({ insert: writeChange, update: optional(writeChange) });

const indexTrials: { readonly [S in IndexTrial['status']]: Shape } = {
  tried: keys<Status<IndexTrial, 'tried'>>({
    ...candidate,
    where: text,
    beforeMs: number,
    afterMs: number,
    runs: number,
    used: boolean,
    sizeBytes: number,
    buildMs: number,
    planBefore: planNode,
    planAfter: planNode,
    writes: optional(writes),
    writesUnknown: optional(text),
    others: optional(listOf(keys<OtherStatement>({ fingerprint: text, sql: text, beforeMs: number, afterMs: number }))),
  }),
  estimated: keys<Status<IndexTrial, 'estimated'>>({
    ...candidate,
    costBefore: number,
    costAfter: number,
    used: boolean,
    planAfter: planNode,
  }),
  untried: keys<Status<IndexTrial, 'untried'>>({ ...candidate, reason: text }),
  none: keys<Status<IndexTrial, 'none'>>({ fingerprint: text, reason: text }),
};

const rewriteTrials: { readonly [S in RewriteTrial['status']]: Shape } = {
  tried: keys<Status<RewriteTrial, 'tried'>>({
    fingerprint: text,
    sql: text,
    repeats: number,
    loopMs: number,
    batchedMs: number,
    runs: number,
    sameRows: boolean,
  }),
  none: keys<Status<RewriteTrial, 'none'>>({ fingerprint: text, reason: text }),
};

const joinTrials: { readonly [S in JoinTrial['status']]: Shape } = {
  tried: keys<Status<JoinTrial, 'tried'>>({
    fingerprint: text,
    parentFingerprint: text,
    sql: text,
    repeats: number,
    separateMs: number,
    joinedMs: number,
    runs: number,
    sameRows: boolean,
  }),
  none: keys<Status<JoinTrial, 'none'>>({ fingerprint: text, parentFingerprint: optional(text), reason: text }),
};

const writeTrials: { readonly [S in WriteTrial['status']]: Shape } = {
  tried: keys<Status<WriteTrial, 'tried'>>({
    fingerprint: text,
    sql: text,
    repeats: number,
    loopMs: number,
    batchedMs: number,
    runs: number,
    where: text,
    sameRows: boolean,
  }),
  untried: keys<Status<WriteTrial, 'untried'>>({ fingerprint: text, sql: text, reason: text }),
  none: keys<Status<WriteTrial, 'none'>>({ fingerprint: text, reason: text }),
};

const paged = { fingerprint: text, kind: oneOf('whole', 'offset'), tableRows: number, offset: number };

const pageTrials: { readonly [S in PageTrial['status']]: Shape } = {
  tried: keys<Status<PageTrial, 'tried'>>({
    ...paged,
    sql: text,
    key: listOf(text),
    rows: number,
    pageRows: number,
    beforeMs: number,
    afterMs: number,
    firstPageMs: optional(number),
    runs: number,
    sameRows: boolean,
  }),
  untried: keys<Status<PageTrial, 'untried'>>({ ...paged, reason: text }),
};

const narrowed = { fingerprint: text, columns: listOf(text) };

const narrowTrials: { readonly [S in NarrowTrial['status']]: Shape } = {
  tried: keys<Status<NarrowTrial, 'tried'>>({
    ...narrowed,
    sql: text,
    beforeMs: number,
    afterMs: number,
    runs: number,
  }),
  none: keys<Status<NarrowTrial, 'none'>>({ ...narrowed, reason: text }),
};
const tables = keys<TableState>({
  table: text,
  estimatedRows: number,
  analyzedAt: optional(text),
  changedRows: number,
  countedSince: optional(text),
  indexes: listOf(
    keys<IndexState>({
      name: text,
      definition: text,
      columns: listOf(nullable(text)),
      keptFor: optional(text),
      sizeBytes: number,
      scans: number,
      coveredBy: optional(text),
      writes: optional(writes),
    }),
  ),
  unindexedReferences: listOf(
    keys<ForeignKey>({ name: text, table: text, columns: listOf(text), estimatedRows: number, ddl: text }),
  ),
});

const plans = keys<PlansArtifact>({
  statements: listOf(tagged('status', statementPlans)),
  trials: listOf(tagged('status', indexTrials)),
  rewrites: listOf(tagged('status', rewriteTrials)),
  joins: optional(listOf(tagged('status', joinTrials))),
  writes: optional(listOf(tagged('status', writeTrials))),
  pages: optional(listOf(tagged('status', pageTrials))),
  narrowed: optional(listOf(tagged('status', narrowTrials))),
  server: keys<PlansArtifact['server']>({ version: text, database: text, connectMs: optional(number) }),
  tables: optional(listOf(tables)),
});

const runtimeWindow: Keys<RuntimeWindow> = {
  flow: text,
  windowMs: number,
  requests: number,
  eventLoopUtilization: number,
  cpuCores: number,
  eventLoopDelayP99Ms: number,
  gcMs: number,
  gcCount: number,
  heapUsedBytes: number,
  rssBytes: number,
};

const http = keys<HttpArtifact>({
  responses: listOf(
    keys<HttpArtifact['responses'][number]>({
      endpoint: text,
      status: number,
      bodyBytes: number,
      decodedBytes: optional(number),
      values: optional(keys<ResponseValues>({ hashes: listOf(text), isComplete: boolean })),
      gzipBytes: optional(number),
      contentType: text,
      contentEncoding: text,
      cacheControl: text,
      hasValidator: boolean,
      keepAlive: boolean,
    }),
  ),
});

/** What the file of each artifact must hold. */
export const artifactShapes: { readonly [K in PassArtifactKey]: Shape } = {
  load,
  profile,
  queries,
  plans,
  runtime: keys<RuntimeArtifact>({ flows: listOf(keys(runtimeWindow)) }),
  http,
};
