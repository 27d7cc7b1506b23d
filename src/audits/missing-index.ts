import { defineAudit } from '../model/audit.ts';
import { type Evidence, type Finding, severityOfSaving } from '../model/finding.ts';
import type { IndexTrial, PlansArtifact } from '../model/plans.ts';
import { callsPerRequest } from '../model/queries.ts';

type TriedIndex = Extract<IndexTrial, { status: 'tried' }>;
type UntriedIndex = Extract<IndexTrial, { status: 'untried' }>;

/**
 * A statement reads far more rows than it wants, and an index ends that: tried on a copy of the database.
 *
 * `minGain` 0.3 and `minGainMs` 0.2: an index costs every write and space, so a gain that is hard to measure is
 * no reason for one.
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

  run({ queries, plans }, { minGain, minGainMs }) {
    if (plans.statements.length === 0) return { inconclusive: 'no statement was explained' };
    return callsPerRequest(queries).flatMap(({ endpoint, statement, calls }) => {
      const trials = plans.trials.filter(({ fingerprint }) => fingerprint === statement.fingerprint);
      const best = trials
        .filter((trial): trial is TriedIndex => trial.status === 'tried')
        .filter(
          ({ used, beforeMs, afterMs }) =>
            used && gain(beforeMs, afterMs) >= minGain && beforeMs - afterMs >= minGainMs,
        )
        .sort((a, b) => a.afterMs - b.afterMs)[0];
      if (best) return [provenFinding(endpoint, calls, statement.normalized, best)];
      const untried = trials.find((trial): trial is UntriedIndex => trial.status === 'untried');
      return untried ? [likelyFinding(endpoint, calls, statement.normalized, untried, plans)] : [];
    });
  },
});

const gain = (beforeMs: number, afterMs: number) => 1 - afterMs / beforeMs;

function provenFinding(endpoint: string, calls: number, sql: string, trial: TriedIndex): Finding {
  const savingMs = (trial.beforeMs - trial.afterMs) * calls;
  const columns = trial.columns.join(', ');
  return {
    key: `missing-index|${endpoint}|${trial.fingerprint}`,
    audit: 'missing-index',
    endpoint,
    severity: severityOfSaving(savingMs),
    grade: 'proven',
    summary: `${trial.table} has no index on (${columns}); with one the statement takes ${(100 * gain(trial.beforeMs, trial.afterMs)).toFixed(0)} % less time`,
    savingMs,
    evidence: [
      { kind: 'statement', label: 'the statement', sql, calls },
      {
        kind: 'fix',
        label: `the index: ${megabytes(trial.sizeBytes)} MB, built in ${(trial.buildMs / 1000).toFixed(1)} s`,
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

function likelyFinding(
  endpoint: string,
  calls: number,
  sql: string,
  trial: UntriedIndex,
  plans: PlansArtifact,
): Finding {
  const plan = plans.statements.find(({ fingerprint }) => fingerprint === trial.fingerprint);
  const planEvidence: readonly Evidence[] =
    plan && plan.status !== 'refused' ? [{ kind: 'plan', label: 'plan now', plan: plan.plan }] : [];
  return {
    key: `missing-index|${endpoint}|${trial.fingerprint}`,
    audit: 'missing-index',
    endpoint,
    severity: 'medium',
    grade: 'likely',
    summary: `${trial.table} has no index on (${trial.columns.join(', ')}); it was not tried`,
    evidence: [
      { kind: 'statement', label: 'the statement', sql, calls },
      { kind: 'fix', label: 'candidate', language: 'sql', text: trial.ddl },
      { kind: 'text', text: `Not tried: ${trial.reason}.` },
      ...planEvidence,
    ],
  };
}

const megabytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(1);
