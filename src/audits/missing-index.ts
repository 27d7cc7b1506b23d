import { defineAudit } from '../model/audit.ts';
import { type Evidence, type Finding, severityOfSaving } from '../model/finding.ts';
import type { PlansArtifact } from '../model/plans.ts';
import { callsPerRequest } from '../model/queries.ts';
import { notExplained } from './explained.ts';
import { type TriedIndex, type UntriedIndex, wantedIndex } from './index-gain.ts';

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
    return callsPerRequest(queries).flatMap(({ endpoint, statement, calls }) => {
      const index = wantedIndex(plans, { fingerprint: statement.fingerprint, calls }, thresholds);
      if (!index) return [];
      const use = { endpoint, calls, sql: statement.normalized };
      return [index.status === 'tried' ? provenFinding(use, index) : likelyFinding(use, index, plans)];
    });
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
  const columns = trial.columns.join(', ');
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
        method: 'the index was built on a scratch copy of the database, and the statement executed before and after',
      },
      { kind: 'plan', label: 'plan without the index', plan: trial.planBefore },
      { kind: 'plan', label: 'plan with the index', plan: trial.planAfter },
    ],
  };
}

function likelyFinding({ endpoint, calls, sql }: Use, trial: UntriedIndex, plans: PlansArtifact): Finding {
  const plan = plans.statements.find(({ fingerprint }) => fingerprint === trial.fingerprint);
  const planEvidence: readonly Evidence[] =
    plan && plan.status !== 'refused' ? [{ kind: 'plan', label: 'plan now', plan: plan.plan }] : [];
  return {
    key: `missing-index|${endpoint}|${trial.fingerprint}`,
    audit: 'missing-index',
    endpoint,
    severity: 'medium',
    grade: 'likely',
    summary: `${trial.table} has no index on (${trial.columns.join(', ')}), and the statement reads the table in vain`,
    evidence: [
      { kind: 'statement', label: 'the statement', sql, calls },
      { kind: 'fix', label: 'candidate, not tried', language: 'sql', text: trial.ddl },
      { kind: 'text', text: `Not tried, so the saving is unknown: ${trial.reason}.` },
      ...planEvidence,
    ],
  };
}

const ms = (value: number) => `${value < 1 ? value.toPrecision(2) : value.toPrecision(3)} ms`;
