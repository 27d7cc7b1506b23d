import { defineAudit } from '../model/audit.ts';
import { type Evidence, type Finding, type Grade, severityOfSaving } from '../model/finding.ts';
import type { HttpArtifact } from '../model/http.ts';
import type { PageTrial } from '../model/plan-trials.ts';
import { readsSystemTables } from '../model/queries.ts';
import { shownBytes, shownCount } from './shown-size.ts';
import {
  answeredBytes,
  answersOf,
  noResultsSeen,
  perRequest,
  type StatementUse,
  statementUses,
} from './statement-use.ts';

/**
 * One request reads and answers as many rows as there are.
 *
 * `minRows` is 1,000: nobody reads a list of that length, and shorter ones are answered in a few milliseconds.
 * `wholeShare` is 0.9: the estimate of a table's rows is off by some percent. Rows that are read and not answered are
 * reported by `over-fetching`.
 */
export const unboundedResult = defineAudit({
  id: 'unbounded-result',
  technique: 'serialization',
  title: 'Results are answered in pages',
  failureTitle: 'A result without a LIMIT grows with its table',
  why: 'Every row is read, sent, turned into an answer and sent again, so each request gets slower as the table grows.',
  fix: 'Answer a page: a LIMIT, and the key of the last row seen as the beginning of the next page.',
  requires: ['queries', 'plans', 'http'],
  defaults: { minRows: 1000, wholeShare: 0.9 },

  run({ queries, plans, http }, options) {
    const reason = noResultsSeen(queries);
    if (reason) return { inconclusive: reason };
    if (!plans.pages) return { inconclusive: 'no statement was looked at for its LIMIT' };
    const trials = plans.pages.filter(({ kind }) => kind === 'whole');
    return statementUses(queries).flatMap((use) => {
      const trial = trials.find(({ fingerprint }) => fingerprint === use.statement.fingerprint);
      if (!trial || readsSystemTables(use.statement)) return [];
      // Several executions are a loop, which n-plus-one reports; what counts here is one result.
      const rows = Math.max(...use.byRequest.flat().map((execution) => execution.rows));
      if (rows < options.minRows || !answersRows(use, http) || isExport(use, http)) return [];
      return [toFinding(use, trial, rows, http, options)];
    });
  },
});

/** Whether the answer is large enough to hold the rows: a quarter of their bytes, for columns may be left out. */
function answersRows(use: StatementUse, http: HttpArtifact): boolean {
  const bytes = answeredBytes(http, use.endpoint);
  return bytes !== undefined && bytes >= perRequest(use, (execution) => execution.bytes) / 4;
}

/** A file that is handed out is meant to be whole. */
function isExport({ endpoint }: StatementUse, http: HttpArtifact): boolean {
  return answersOf(http, endpoint).some(({ contentType }) => !/json|html|xml/i.test(contentType));
}

function toFinding(
  use: StatementUse,
  trial: PageTrial,
  rows: number,
  http: HttpArtifact,
  { wholeShare }: { readonly wholeShare: number },
): Finding {
  const { endpoint, statement, share, byRequest, traced } = use;
  const saving = trial.status === 'tried' ? Math.max(0, trial.beforeMs - trial.afterMs) * share : undefined;
  const ofTable = trial.tableRows > 0 ? Math.min(1, rows / trial.tableRows) : 0;
  const isWhole = ofTable >= wholeShare;
  const table = statement.tables.join(', ');
  return {
    key: `unbounded-result|${endpoint}|${statement.fingerprint}`,
    audit: 'unbounded-result',
    endpoint,
    severity: severityOfSaving(saving),
    grade: gradeOf(trial, isWhole),
    summary: isWhole
      ? `all ${shownCount(rows)} rows of ${table} are read and answered in one request`
      : `${shownCount(rows)} rows of ${table} are read and answered in one request, and nothing bounds them`,
    ...(saving !== undefined && { savingMs: saving }),
    evidence: [
      {
        kind: 'statement',
        label: `has no LIMIT (seen in ${byRequest.length} of ${traced} requests)`,
        sql: statement.normalized,
        calls: perRequest(use, () => 1),
        totalMs: perRequest(use, ({ durationMs }) => durationMs),
      },
      sizes(use, trial, rows, http),
      ...pageEvidence(trial),
    ],
  };
}

/** Part of a table may be bounded by its nature, such as the days of a year. */
function gradeOf({ status }: PageTrial, isWhole: boolean): Grade {
  if (!isWhole) return 'possible';
  return status === 'tried' ? 'proven' : 'likely';
}

function sizes(use: StatementUse, { tableRows }: PageTrial, rows: number, http: HttpArtifact): Evidence {
  return {
    kind: 'table',
    label: 'one request',
    columns: ['rows', 'rows of the table', 'result', 'answer'],
    rows: [
      [
        shownCount(rows),
        tableRows > 0 ? `about ${shownCount(tableRows)}` : 'not known',
        shownBytes(perRequest(use, (execution) => execution.bytes)),
        shownBytes(answeredBytes(http, use.endpoint) ?? 0),
      ],
    ],
  };
}

function pageEvidence(trial: PageTrial): readonly Evidence[] {
  if (trial.status === 'untried') {
    return [
      { kind: 'text', text: `No page was tried: ${trial.reason}. Bound the rows by a LIMIT with a fixed maximum.` },
    ];
  }
  return [
    {
      kind: 'measurement',
      label: `${shownCount(trial.rows)} rows → ${shownCount(trial.pageRows)}`,
      beforeMs: trial.beforeMs,
      afterMs: trial.afterMs,
      runs: trial.runs,
      average: 'mean',
      method: 'both executed on an idle connection, and their rows made into JSON, as a service of Node does',
    },
    {
      kind: 'fix',
      label: `a page behind the last row seen, by ${trial.key.join(', ')}; leave the condition out for the first page`,
      language: 'sql',
      text: trial.sql,
    },
  ];
}
