import { defineAudit } from '../model/audit.ts';
import { type Evidence, type Finding, severityOfSaving } from '../model/finding.ts';
import type { NarrowTrial } from '../model/plan-trials.ts';
import type { PlansArtifact } from '../model/plans.ts';
import { type OverFetch, overFetches } from './over-fetch.ts';
import { shownBytes, shownCount } from './shown-size.ts';
import { noResultsSeen, perRequest } from './statement-use.ts';

/**
 * A request fetches columns or rows that its answer cannot hold.
 *
 * `minBytes` is 16,384: what fits into a few packets costs next to nothing. `columnRatio` is 2: a column with twice the
 * bytes of the whole answer is not in it, in whatever form. `rowRatio` is 10 and its grade `possible`: rows may be
 * summed up by the code, which a statement could do as well. A statement that only some requests run may fill a cache:
 * `minShare` is 0.5.
 */
export const overFetching = defineAudit({
  id: 'over-fetching',
  technique: 'round-trips',
  title: 'What is fetched is answered',
  failureTitle: 'Far more is fetched than is answered',
  why: 'Every column and row is read, sent and unpacked, whether or not anybody looks at it.',
  fix: 'Select the columns that the answer needs, and let the database filter, count and sum.',
  requires: ['queries', 'plans', 'http'],
  defaults: { minBytes: 16_384, columnRatio: 2, rowRatio: 10, minShare: 0.5 },

  run({ queries, plans, http }, { minShare, ...limits }) {
    const reason = noResultsSeen(queries);
    if (reason) return { inconclusive: reason };
    return overFetches(queries, http, limits)
      .filter(({ share }) => share >= minShare)
      .map((fetch) => toFinding(fetch, plans));
  },
});

function toFinding(fetch: OverFetch, plans: PlansArtifact): Finding {
  const { endpoint, statement, unused, share, byRequest, traced } = fetch;
  const trial = trialOf(fetch, plans);
  const runs = perRequest(fetch, () => 1);
  const saving = trial?.status === 'tried' ? Math.max(0, trial.beforeMs - trial.afterMs) * runs * share : undefined;
  return {
    key: `over-fetching|${endpoint}|${statement.fingerprint}`,
    audit: 'over-fetching',
    endpoint,
    severity: severityOfSaving(saving),
    // What the code does with a value before it answers is not seen.
    grade: unused.length > 0 ? 'likely' : 'possible',
    summary: summaryOf(fetch),
    ...(saving !== undefined && { savingMs: saving }),
    evidence: [
      {
        kind: 'statement',
        label: `gives more than is answered (seen in ${byRequest.length} of ${traced} requests)`,
        sql: statement.normalized,
        calls: runs,
        totalMs: perRequest(fetch, ({ durationMs }) => durationMs),
      },
      sizes(fetch),
      ...trialEvidence(trial),
    ],
  };
}

function summaryOf({ statement, rows, fetchedBytes, answeredBytes, unused }: OverFetch): string {
  const answer = `an answer of ${shownBytes(answeredBytes)}`;
  if (unused.length === 0) {
    const result = `${shownBytes(fetchedBytes)} in ${shownCount(rows)} rows of ${statement.tables.join(', ')}`;
    return `${result} are fetched for ${answer}`;
  }
  const names = unused.map(({ name }) => name).join(', ');
  const bytes = unused.reduce((sum, column) => sum + column.bytes, 0);
  return `${names} of ${statement.tables.join(', ')} ${unused.length > 1 ? 'are' : 'is'} fetched and not answered: ${shownBytes(bytes)} for ${answer}`;
}

function sizes({ rows, fetchedBytes, answeredBytes, unused }: OverFetch): Evidence {
  return {
    kind: 'table',
    label: 'one request',
    columns: ['what', 'bytes'],
    rows: [
      [`result, ${shownCount(rows)} rows`, shownBytes(fetchedBytes)],
      ...unused.map(({ name, bytes }) => [`of it ${name}, whose values are in no answer`, shownBytes(bytes)]),
      ['answer', shownBytes(answeredBytes)],
    ],
  };
}

/** The trial that left out what this endpoint does not use; another endpoint may use some of it. */
function trialOf({ statement, unused }: OverFetch, { narrowed = [] }: PlansArtifact): NarrowTrial | undefined {
  const names = unused.map(({ name }) => name);
  return narrowed.find(
    ({ fingerprint, columns }) =>
      fingerprint === statement.fingerprint && columns.every((name) => names.includes(name)),
  );
}

function trialEvidence(trial: NarrowTrial | undefined): readonly Evidence[] {
  if (!trial) return [];
  if (trial.status === 'none') {
    return [{ kind: 'text', text: `The statement was not tried without them: ${trial.reason}.` }];
  }
  return [
    {
      kind: 'measurement',
      label: `without ${trial.columns.join(', ')}`,
      beforeMs: trial.beforeMs,
      afterMs: trial.afterMs,
      runs: trial.runs,
      average: 'mean',
      method: 'both executed on an idle connection, and their rows made into objects, as a service of Node does',
    },
    { kind: 'fix', label: `without ${trial.columns.join(', ')}`, language: 'sql', text: trial.sql },
  ];
}
