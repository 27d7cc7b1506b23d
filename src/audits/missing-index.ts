import { defineAudit } from '../model/audit.ts';
import { type Evidence, type Finding, severityOfSaving } from '../model/finding.ts';
import type { PlansArtifact } from '../model/plans.ts';
import { callsPerRequest } from '../model/queries.ts';
import { notExplained } from './explained.ts';
import { type EstimatedIndex, type TriedIndex, type UntriedIndex, wantedIndex } from './index-gain.ts';
import { unindexedReferences } from './unindexed-references.ts';

/**
 * A statement reads far more rows than it wants, and an index ends that: tried on a copy of the database.
 *
 * `minGain` is 0.3 of the statement's time and `minGainMs` 0.2 of one request: an index costs every write and
 * space, so a gain that is hard to measure is no reason for one.
 */
export const missingIndex = defineAudit({
  id: 'missing-index',
  technique: 'indexing',
  title: 'Selective statements use an index',
  failureTitle: 'An index is missing',
  why: 'Without it the database reads the whole table for each request, and more as the table grows.',
  fix: 'Create the index; CONCURRENTLY does not block writers.',
  requires: ['queries', 'plans'],
  defaults: { minGain: 0.3, minGainMs: 0.2 },
  relax: ({ minGain, minGainMs }) => ({ minGain: minGain / 2, minGainMs: minGainMs / 2 }),

  run({ queries, plans }, thresholds) {
    const reason = notExplained(queries, plans);
    if (reason) return { inconclusive: reason };
    const reads = callsPerRequest(queries).flatMap(({ endpoint, statement, calls }) => {
      const index = wantedIndex(plans, { fingerprint: statement.fingerprint, calls }, thresholds);
      if (!index) return [];
      const use = { endpoint, calls, sql: statement.normalized };
      return [index.status === 'tried' ? provenFinding(use, index) : likelyFinding(use, index, plans)];
    });
    return [...reads, ...unindexedReferences(queries, plans)];
  },
});

/** What one endpoint does with the statement. */
interface Use {
  readonly endpoint: string;
  readonly calls: number;
  readonly sql: string;
}

function provenFinding({ endpoint, calls, sql }: Use, trial: TriedIndex): Finding {
  const savingMs = (trial.beforeMs - trial.afterMs) * calls;
  const columns = columnsOf(trial);
  return {
    key: `missing-index|${endpoint}|${trial.fingerprint}`,
    audit: 'missing-index',
    endpoint,
    severity: severityOfSaving(savingMs),
    grade: 'proven',
    summary: `${trial.table} has no index on (${columns}); with one the statement takes ${ms(trial.afterMs)} instead of ${ms(trial.beforeMs)}`,
    savingMs,
    evidence: [
      { kind: 'statement', label: 'the statement', sql, calls },
      {
        kind: 'fix',
        label: `the index: ${(trial.sizeBytes / 1e6).toFixed(1)} MB, built in ${(trial.buildMs / 1000).toFixed(1)} s`,
        language: 'sql',
        text: trial.ddl,
      },
      {
        kind: 'measurement',
        label: `without → with the index on (${columns})`,
        beforeMs: trial.beforeMs,
        afterMs: trial.afterMs,
        runs: trial.runs,
        method: methods[trial.where],
      },
      ...sideEffects(trial),
      { kind: 'plan', label: 'plan without the index', plan: trial.planBefore },
      { kind: 'plan', label: 'plan with the index', plan: trial.planAfter },
    ],
  };
}

const methods = {
  'scratch-copy': 'the index was built on a scratch copy of the database, and the statement executed before and after',
  transaction:
    'the index was built on the database itself in a transaction that was rolled back, and the statement executed before and in it',
} as const;

/** What the index costs the writes, and what it does to other statements. */
function sideEffects({ writes, writesUnknown, others = [] }: TriedIndex): readonly Evidence[] {
  const kilobytes = (bytes: number) => Math.round(bytes / 1000);
  const rows = Object.entries(writes ?? {}).map(([kind, change]) => [
    `1,000 ${kind}s`,
    `${ms(change.withoutMs)} → ${ms(change.withMs)}`,
    `${kilobytes(change.withoutWalBytes)} → ${kilobytes(change.withWalBytes)} kB`,
  ]);
  return [
    ...(rows.length > 0
      ? [
          {
            kind: 'table' as const,
            label: 'what it costs the writes, without → with it',
            columns: ['writes', 'time', 'write-ahead log'],
            rows,
          },
        ]
      : []),
    ...(writesUnknown === undefined
      ? []
      : [{ kind: 'text' as const, text: `What it costs the writes is not known: ${writesUnknown}.` }]),
    ...(others.length > 0
      ? [
          {
            kind: 'table' as const,
            label: 'other statements that take it',
            columns: ['statement', 'without → with it'],
            rows: others.map(({ sql, beforeMs, afterMs }) => [sql, `${ms(beforeMs)} → ${ms(afterMs)}`]),
          },
        ]
      : []),
  ];
}

function likelyFinding(
  { endpoint, calls, sql }: Use,
  trial: UntriedIndex | EstimatedIndex,
  plans: PlansArtifact,
): Finding {
  const unknown =
    trial.status === 'untried'
      ? `Not tried, so the saving is unknown: ${trial.reason}.`
      : `Not tried, so the saving is unknown: the planner alone was told of it (HypoPG), and expects a cost of ${trial.costAfter.toFixed(0)} instead of ${trial.costBefore.toFixed(0)}.`;
  const plan = plans.statements.find(({ fingerprint }) => fingerprint === trial.fingerprint);
  const planEvidence: readonly Evidence[] =
    plan && plan.status !== 'refused' ? [{ kind: 'plan', label: 'plan now', plan: plan.plan }] : [];
  return {
    key: `missing-index|${endpoint}|${trial.fingerprint}`,
    audit: 'missing-index',
    endpoint,
    severity: 'medium',
    grade: 'likely',
    summary: `${trial.table} has no index on (${columnsOf(trial)}), and the statement reads the table in vain`,
    evidence: [
      { kind: 'statement', label: 'the statement', sql, calls },
      { kind: 'fix', label: 'candidate, not tried', language: 'sql', text: trial.ddl },
      { kind: 'text', text: unknown },
      ...planEvidence,
    ],
  };
}

function columnsOf({ columns, include, predicate }: TriedIndex | EstimatedIndex | UntriedIndex): string {
  const carried = include ? ` with ${include.join(', ')}` : '';
  return `${columns.join(', ')}${carried}${predicate === undefined ? '' : ` where ${predicate}`}`;
}

const ms = (value: number) => `${value < 1 ? value.toPrecision(2) : value.toPrecision(3)} ms`;
