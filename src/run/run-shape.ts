import type { PassArtifacts } from '../model/artifacts.ts';
import type { AuditText, Outcome } from '../model/audit.ts';
import type { ComparedMetric, Comparison, Metric } from '../model/comparison.ts';
import type { Evidence, Finding } from '../model/finding.ts';
import type { FindingRule, Gate, GateRule } from '../model/gate.ts';
import type {
  ArtifactReference,
  Decision,
  Environment,
  Revision,
  RuleResult,
  Run,
  Validity,
  VariantRun,
} from '../model/run.ts';
import type { StatementSummary } from '../model/statement-summary.ts';
import { planNode } from './plan-node-shape.ts';
import { frame } from './profile-shape.ts';
import { codePlace, statementCoverage, statementSource } from './queries-shape.ts';
import {
  boolean,
  type Keys,
  keys,
  listOf,
  mapOf,
  named,
  nullable,
  number,
  oneOf,
  optional,
  ownFile,
  type Shape,
  type Status,
  shapeOf,
  tagged,
  text,
} from './shape.ts';

type Kind<T, K extends string> = Omit<Extract<T, { readonly kind: K }>, 'kind'>;
const cell = shapeOf(
  (value, path) => {
    if (typeof value !== 'number') text(value, path);
  },
  () => ({ type: ['string', 'number'] }),
);

const evidenceShapes: { readonly [K in Evidence['kind']]: Shape } = {
  statement: keys<Kind<Evidence, 'statement'>>({
    label: text,
    sql: text,
    calls: optional(number),
    totalMs: optional(number),
    place: optional(codePlace),
  }),
  fix: keys<Kind<Evidence, 'fix'>>({ label: text, language: oneOf('sql', 'text'), text }),
  measurement: keys<Kind<Evidence, 'measurement'>>({
    label: text,
    beforeMs: number,
    afterMs: number,
    runs: number,
    average: optional(oneOf('mean')),
    method: text,
  }),
  plan: keys<Kind<Evidence, 'plan'>>({ label: text, plan: planNode }),
  frames: keys<Kind<Evidence, 'frames'>>({
    label: text,
    rows: listOf(
      keys<Kind<Evidence, 'frames'>['rows'][number]>({
        frame,
        selfUsPerRequest: number,
        totalUsPerRequest: number,
        share: number,
      }),
    ),
  }),
  table: keys<Kind<Evidence, 'table'>>({ label: text, columns: listOf(text), rows: listOf(listOf(cell)) }),
  text: keys<Kind<Evidence, 'text'>>({ text }),
};

const finding = named(
  'finding',
  keys<Finding>({
    key: text,
    audit: text,
    endpoint: optional(text),
    severity: oneOf('high', 'medium', 'low'),
    grade: oneOf('proven', 'likely', 'possible'),
    summary: text,
    savingMs: optional(number),
    evidence: listOf(tagged('kind', evidenceShapes)),
  }),
);

const outcomeShapes: { readonly [S in Outcome['status']]: Shape } = {
  pass: keys<Status<Outcome, 'pass'>>({ near: optional(listOf(finding)) }),
  fail: keys<Status<Outcome, 'fail'>>({ findings: listOf(finding), near: optional(listOf(finding)) }),
  inconclusive: keys<Status<Outcome, 'inconclusive'>>({ reason: text }),
  skipped: keys<Status<Outcome, 'skipped'>>({ missing: text, reason: text }),
  errored: keys<Status<Outcome, 'errored'>>({ error: text }),
};

export const metricParts: Keys<Pick<Metric, 'name' | 'endpoint' | 'unit' | 'better'>> = {
  name: oneOf('p50', 'p90', 'p95', 'p99', 'throughput', 'errors', 'bytes', 'cpu', 'memory'),
  endpoint: text,
  unit: oneOf('ms', 'req/s', '%', 'B/req', 'µs/req', 'MB'),
  better: oneOf('lower', 'higher'),
};

const metric = named(
  'metric',
  keys<Metric>({
    ...metricParts,
    rounds: listOf(nullable(number)),
    value: nullable(number),
    requestsNeeded: optional(number),
    requestsSeen: optional(number),
  }),
);

const verdict = oneOf('REGRESSED', 'IMPROVED', 'OK', 'INCONCLUSIVE');

const comparedMetric = named(
  'comparedMetric',
  keys<ComparedMetric>({
    ...metricParts,
    before: number,
    after: number,
    change: number,
    interval: listOf(number),
    p: number,
    resolution: number,
    rounds: number,
    verdict,
    gates: boolean,
  }),
);

const comparison = keys<Comparison>({
  before: text,
  after: text,
  metrics: listOf(comparedMetric),
  omitted: listOf(keys<Comparison['omitted'][number]>({ name: metricParts.name, endpoint: text, reason: text })),
  findings: keys<Comparison['findings']>({
    fixed: listOf(finding),
    remaining: listOf(finding),
    introduced: listOf(finding),
  }),
  resolution: nullable(number),
  verdict,
  design: oneOf('sliced', 'blocks', 'separate'),
  roundsNeeded: optional(number),
  causes: listOf(
    keys<Comparison['causes'][number]>({
      endpoint: text,
      kind: oneOf('statements', 'plan', 'cpu', 'payload', 'connections'),
      summary: text,
      explainsMs: optional(number),
    }),
  ),
  counts: listOf(
    keys<Comparison['counts'][number]>({ name: oneOf('queries'), endpoint: text, before: number, after: number }),
  ),
  margin: number,
  floorMs: number,
});

const reference = tagged('status', {
  gathered: keys<Status<ArtifactReference, 'gathered'>>({ file: ownFile }),
  missing: keys<Status<ArtifactReference, 'missing'>>({ reason: text }),
});

const artifacts: Keys<PassArtifacts> = {
  load: reference,
  profile: reference,
  queries: reference,
  plans: reference,
  runtime: reference,
  http: reference,
};

export const environment = keys<Environment>({
  node: text,
  platform: text,
  cpuModel: text,
  cpus: number,
  memoryBytes: number,
});

type UnderLoad = NonNullable<StatementSummary['underLoad']>[number];

/** What `run.json` must hold. */
export const runShape = keys<Run>({
  schemaVersion: number,
  id: text,
  startedAt: text,
  durationMs: number,
  tool: keys<Run['tool']>({ name: text, version: text }),
  scenario: keys<Run['scenario']>({
    name: text,
    digest: text,
    endpoints: listOf(text),
    gate: keys<Gate>({
      metric: oneOf('p50', 'p90', 'p95', 'p99'),
      margin: number,
      floorMs: number,
      errors: number,
      certain: boolean,
      require: listOf(
        keys<GateRule>({
          text,
          metric: text,
          endpoint: optional(text),
          kind: oneOf('absolute', 'relative'),
          operator: oneOf('<', '<=', '>', '>='),
          limit: number,
        }),
      ),
      findings: listOf(
        keys<FindingRule>({
          audit: optional(text),
          severity: oneOf('high', 'medium', 'low'),
          grade: oneOf('proven', 'likely', 'possible'),
          scope: oneOf('introduced', 'all'),
        }),
      ),
    }),
    command: text,
  }),
  environment,
  variants: mapOf(
    keys<VariantRun>({
      metrics: listOf(metric),
      outcomes: mapOf(tagged('status', outcomeShapes)),
      artifacts: keys(artifacts),
      flameGraph: optional(ownFile),
      revision: optional(keys<Revision>({ ref: text, commit: text, dirty: boolean })),
      statements: optional(
        keys<StatementSummary>({
          ...statementCoverage,
          source: statementSource,
          requests: number,
          underLoad: optional(listOf(keys<UnderLoad>({ flow: text, calls: number, traced: number }))),
        }),
      ),
    }),
  ),
  audits: listOf(keys<AuditText>({ id: text, technique: text, title: text, failureTitle: text, why: text, fix: text })),
  comparison: optional(comparison),
  validity: keys<Validity>({
    trusted: boolean,
    overridden: optional(boolean),
    warnings: listOf(keys<Validity['warnings'][number]>({ level: oneOf('untrusted', 'note'), message: text })),
  }),
  decision: keys<Decision>({
    exitCode: number,
    reason: text,
    rules: listOf(
      keys<RuleResult>({ rule: text, status: oneOf('holds', 'broken', 'unsure', 'unknown'), summary: text }),
    ),
  }),
});
