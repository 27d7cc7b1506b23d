import { defineAudit } from '../model/audit.ts';
import { type Evidence, type Finding, type Grade, severityOfSaving } from '../model/finding.ts';
import { type PlanNode, planNodes } from '../model/plan-node.ts';
import type { PageTrial } from '../model/plan-trials.ts';
import type { PlansArtifact } from '../model/plans.ts';
import { readsSystemTables } from '../model/queries.ts';
import { shownCount } from './shown-size.ts';
import { perRequest, type StatementUse, statementUses } from './statement-use.ts';
import { notTraced } from './traced.ts';

/**
 * A page is found by counting off all rows before it.
 *
 * `minSkipped` is 1,000 rows: fewer are read in less than a millisecond. `minGain` is 0.3: medians of repeated runs
 * differ by up to a tenth by themselves, and a key that needs a sort of its own gains nothing.
 */
export const offsetPagination = defineAudit({
  id: 'offset-pagination',
  technique: 'serialization',
  title: 'Pages begin where the last one ended',
  failureTitle: 'OFFSET reads the rows of all pages before',
  why: 'The database reads the rows before the page and throws them away, so each page costs more than the one before.',
  fix: 'Begin the page behind the key of the last row seen: `WHERE (key) > ($1) ORDER BY key LIMIT n`.',
  requires: ['queries', 'plans'],
  defaults: { minSkipped: 1000, minGain: 0.3 },

  run({ queries, plans }, { minSkipped, minGain }) {
    const reason = notTraced(queries);
    if (reason) return { inconclusive: reason };
    if (!plans.pages) return { inconclusive: 'no statement was looked at for its OFFSET' };
    const trials = plans.pages.filter(({ kind }) => kind === 'offset');
    return statementUses(queries).flatMap((use) => {
      const { statement } = use;
      const trial = trials.find(({ fingerprint }) => fingerprint === statement.fingerprint);
      if (!trial || readsSystemTables(statement)) return [];
      const paged = pagedRows(plans, statement.fingerprint);
      if (paged === undefined || paged.skipped < minSkipped) return [];
      if (trial.status === 'tried' && trial.beforeMs - trial.afterMs < minGain * trial.beforeMs) return [];
      return [toFinding(use, trial, paged)];
    });
  },
});

/** The rows of a page and those before it, which were read and thrown away. */
interface PagedRows {
  readonly given: number;
  readonly skipped: number;
}

/** Of the Limit that was given most rows beyond those that it gave; `undefined` where the statement was not executed. */
function pagedRows({ statements }: PlansArtifact, fingerprint: string): PagedRows | undefined {
  const explained = statements.find((plan) => plan.fingerprint === fingerprint);
  if (explained?.status !== 'analyzed') return undefined;
  const limits = [...planNodes(explained.plan)].filter(({ type }) => type === 'Limit').map(rowsOfLimit);
  return limits.sort((a, b) => b.skipped - a.skipped)[0];
}

function rowsOfLimit({ actualRows = 0, children }: PlanNode): PagedRows {
  return { given: actualRows, skipped: (children[0]?.actualRows ?? actualRows) - actualRows };
}

function toFinding(use: StatementUse, trial: PageTrial, { given, skipped }: PagedRows): Finding {
  const { endpoint, statement, share, byRequest, traced } = use;
  const saving = trial.status === 'tried' ? Math.max(0, trial.beforeMs - trial.afterMs) * share : undefined;
  return {
    key: `offset-pagination|${endpoint}|${statement.fingerprint}`,
    audit: 'offset-pagination',
    endpoint,
    severity: severityOfSaving(saving),
    grade: gradeOf(trial),
    summary: `${shownCount(skipped)} rows of ${statement.tables.join(', ')} are read and thrown away for a page of ${shownCount(given)}`,
    ...(saving !== undefined && { savingMs: saving }),
    evidence: [
      {
        kind: 'statement',
        label: `counts off the rows before its page (seen in ${byRequest.length} of ${traced} requests)`,
        sql: statement.normalized,
        calls: perRequest(use, () => 1),
        totalMs: perRequest(use, ({ durationMs }) => durationMs),
      },
      ...trialEvidence(trial, skipped),
    ],
  };
}

/** Rows that are equal by ORDER BY come in any order, so that pages by a key cut them elsewhere. */
function gradeOf(trial: PageTrial): Grade {
  return trial.status === 'tried' && trial.sameRows ? 'proven' : 'likely';
}

function trialEvidence(trial: PageTrial, skipped: number): readonly Evidence[] {
  if (trial.status === 'untried') return [{ kind: 'text', text: `No page by a key was tried: ${trial.reason}.` }];
  const { key, sameRows, firstPageMs = 0, beforeMs, afterMs, runs } = trial;
  const same = sameRows
    ? 'it gave the same rows'
    : 'it did not give the same rows: ORDER BY does not decide between some of them';
  return [
    {
      kind: 'table',
      label: 'the same statement, further back',
      columns: ['rows before the page', 'time'],
      rows: [
        ['0', `${firstPageMs.toFixed(2)} ms`],
        [shownCount(skipped), `${beforeMs.toFixed(2)} ms`],
      ],
    },
    {
      kind: 'measurement',
      label: `${shownCount(skipped)} rows counted off → a page by ${key.join(', ')}`,
      beforeMs,
      afterMs,
      runs,
      method: 'both executed on an idle connection with the captured parameters, nothing attached',
    },
    { kind: 'fix', label: `a page behind the last row seen; ${same}`, language: 'sql', text: trial.sql },
  ];
}
