import { defineAudit } from '../model/audit.ts';
import { concurrencyOf } from '../model/concurrency.ts';
import { type Evidence, type Finding, severityOfSaving } from '../model/finding.ts';
import { findCommonParent } from '../model/parent-column.ts';
import type { WriteTrial } from '../model/plan-trials.ts';
import type { PlansArtifact } from '../model/plans.ts';
import type { QueriesArtifact } from '../model/queries.ts';
import { repeatsOf } from '../model/repeats.ts';
import { median } from '../stats/summary.ts';
import { byEndpointAndStatement, type EndpointStatement } from './grouping.ts';
import { parentEvidence } from './loop-proof.ts';
import { repeatedEvidence, repeatsPerRequest } from './repeated-evidence.ts';
import { shareOfRequests } from './round-trip.ts';
import { notTraced } from './traced.ts';

/**
 * One request writes rows one by one that a single statement could write together.
 *
 * `minRepeats` is 5, as for loops of reads. Rows that refer to the ones written before them (`RETURNING`) must be
 * written one by one; statements that write several rows each are batches (`src/model/repeats.ts`).
 */
export const writeLoop = defineAudit({
  id: 'write-loop',
  technique: 'round-trips',
  title: 'Rows are written together',
  failureTitle: 'Rows are written one by one',
  why: 'Every row pays a round trip, and outside of a transaction a commit that waits for the disk.',
  fix: 'Write the rows in one statement: INSERT of several rows, UPDATE … FROM unnest, DELETE … = ANY; in an ORM, its bulk call.',
  requires: ['queries', 'plans'],
  defaults: { minRepeats: 5 },

  run({ queries, plans }, { minRepeats }) {
    const reason = notTraced(queries);
    if (reason) return { inconclusive: reason };
    const loops = repeatsOf(queries, 'write-loop', { minDifferent: minRepeats });
    return byEndpointAndStatement(loops).map((group) => toFinding(group, queries, plans));
  },
});

function toFinding(group: EndpointStatement, queries: QueriesArtifact, plans: PlansArtifact): Finding {
  const { endpoint, statement, occurrences } = group;
  const repeats = repeatsPerRequest(occurrences);
  const { traced, share } = shareOfRequests(group, queries);
  const trial = plans.writes?.find(({ fingerprint }) => fingerprint === statement.fingerprint);
  const parent = findCommonParent(occurrences);
  const saving = savingMs(group, repeats, share, trial);
  return {
    key: `write-loop|${endpoint}|${statement.fingerprint}`,
    audit: 'write-loop',
    endpoint,
    severity: severityOfSaving(saving),
    grade: trial?.status === 'tried' && trial.sameRows ? 'proven' : 'likely',
    summary: `${repeats} ${statement.kind.toUpperCase()}s per request on ${statement.tables.join(', ')}, one row each`,
    ...(saving !== undefined && { savingMs: saving }),
    evidence: [
      repeatedEvidence(group, `runs ${repeats} times in one request`, traced),
      ...(parent ? [parentEvidence({ ...group, parent }, parent, queries)] : []),
      ...commitEvidence(group),
      ...trialEvidence(trial),
    ],
  };
}

/** What a request saves, on the mean over all of them; known only where both were run. */
function savingMs(
  { occurrences }: EndpointStatement,
  repeats: number,
  share: number,
  trial: WriteTrial | undefined,
): number | undefined {
  if (trial?.status !== 'tried' || !trial.sameRows) return undefined;
  const atOnce = median(occurrences.map(({ executions }) => concurrencyOf(executions))) ?? 1;
  return Math.max(0, ((trial.loopMs / atOnce - trial.batchedMs) * repeats) / trial.repeats) * share;
}

/** Whether the rows were written wholly or not at all is part of what a request does: one statement changes it. */
function commitEvidence({ occurrences }: EndpointStatement): readonly Evidence[] {
  const executions = occurrences.flatMap((occurrence) => occurrence.executions);
  if (executions.some(({ inTransaction }) => inTransaction)) return [];
  const text =
    'Each row is committed by itself: where one fails, those before it stay. One statement writes all or none.';
  return [{ kind: 'text', text }];
}

function trialEvidence(trial: WriteTrial | undefined): readonly Evidence[] {
  if (!trial) return [];
  if (trial.status === 'none') return [{ kind: 'text', text: `No single statement was written: ${trial.reason}.` }];
  const fix = (label: string): Evidence => ({ kind: 'fix', label, language: 'sql', text: trial.sql });
  if (trial.status === 'untried') return [fix(`one statement for all rows; it was not run: ${trial.reason}`)];
  if (!trial.sameRows) {
    const text = 'A single statement was tried, but it did not leave the same rows: write it by hand.';
    return [{ kind: 'text', text }];
  }
  return [
    fix('one statement for all rows; it left the same rows'),
    {
      kind: 'measurement',
      label: `${trial.repeats} statements → 1`,
      beforeMs: trial.loopMs,
      afterMs: trial.batchedMs,
      runs: trial.runs,
      method: 'both run on a scratch copy with the captured values and rolled back, nothing attached',
    },
  ];
}
