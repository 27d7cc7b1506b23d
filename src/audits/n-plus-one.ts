import { defineAudit } from '../model/audit.ts';
import { type Evidence, type Finding, severityOfSaving } from '../model/finding.ts';
import { findParentColumn } from '../model/parent-column.ts';
import type { PlansArtifact } from '../model/plans.ts';
import { type QueriesArtifact, type RepeatedStatement, repeatedStatements, requestsOf } from '../model/queries.ts';
import { median } from '../stats/summary.ts';
import { byEndpointAndStatement, type EndpointStatement } from './grouping.ts';
import { roundTripMs } from './round-trip.ts';

/**
 * One request runs the same statement once per row of an earlier one.
 *
 * `minRepeats` is 5: pages that load two or three things by the same statement are common and harmless. Repeats
 * with equal parameters are a missing cache, not an N+1: `duplicate-query` reports those.
 */
export const nPlusOne = defineAudit({
  id: 'n-plus-one',
  technique: 'round-trips',
  title: 'Rows are loaded in batches',
  failureTitle: 'One query per row (N+1)',
  why: 'Every repeat pays a round trip to the database, so the latency grows with the number of rows.',
  fix: 'Load the rows in one statement: a JOIN, `= ANY($1)`, or a dataloader; in an ORM, eager loading.',
  requires: ['queries', 'plans'],
  defaults: { minRepeats: 5 },

  run({ queries, plans }, { minRepeats }) {
    if (queries.statements.length === 0) return { inconclusive: 'no statement was captured' };
    const loops = repeatedStatements(queries).filter(
      ({ distinctParameters, statement }) => distinctParameters >= minRepeats && statement.kind === 'select',
    );
    return byEndpointAndStatement(loops).map((group) => toFinding(group, queries, plans));
  },
});

function toFinding(group: EndpointStatement, queries: QueriesArtifact, plans: PlansArtifact): Finding {
  const { endpoint, statement, occurrences } = group;
  const repeats = Math.round(median(occurrences.map(({ executions }) => executions.length)) ?? 0);
  const parents = occurrences.map(findParentColumn);
  const parent = parents.find((found) => found !== undefined);
  const proven = parents.every((found) => found !== undefined);
  const parentTable = parent && (queries.statements[parent.statement]?.tables[0] ?? 'an earlier result');
  const saving = savingMs(group, repeats, plans);
  const traced = requestsOf(queries, endpoint).length;
  return {
    key: `n-plus-one|${endpoint}|${statement.fingerprint}`,
    audit: 'n-plus-one',
    endpoint,
    severity: severityOfSaving(saving),
    grade: proven ? 'proven' : 'likely',
    summary:
      `${repeats} statements per request on ${statement.tables.join(', ') || 'one table'}` +
      (parent ? `, one per row of ${parentTable}` : ', each with another parameter'),
    ...(saving !== undefined && { savingMs: saving }),
    evidence: [
      {
        kind: 'statement',
        label: `runs ${repeats} times in one request (seen in ${occurrences.length} of ${traced} requests)`,
        sql: statement.normalized,
        calls: repeats,
        totalMs: median(occurrences.map(totalMs)) ?? 0,
      },
      ...parentEvidence(occurrences, parent, queries),
      ...rewriteEvidence(statement.fingerprint, plans),
    ],
  };
}

function parentEvidence(
  occurrences: readonly RepeatedStatement[],
  parent: ReturnType<typeof findParentColumn>,
  queries: QueriesArtifact,
): readonly Evidence[] {
  if (!parent) {
    return [
      {
        kind: 'text',
        text: 'No earlier result of the request holds the values: they may come from the request itself.',
      },
    ];
  }
  const { length } = occurrences;
  return [
    {
      kind: 'statement',
      label:
        `its column "${parent.column}" holds the loop's parameters: ${parent.matched} of ${parent.matched}` +
        `${parent.inOrder ? ', in the order of its rows' : ''} (${length} request${length === 1 ? '' : 's'} looked at)`,
      sql: queries.statements[parent.statement]?.normalized ?? '',
      calls: 1,
    },
  ];
}

function rewriteEvidence(fingerprint: string, plans: PlansArtifact): readonly Evidence[] {
  const rewrite = plans.rewrites.find((trial) => trial.fingerprint === fingerprint);
  if (!rewrite) return [];
  if (rewrite.status === 'none') return [{ kind: 'text', text: `No batched statement was tried: ${rewrite.reason}.` }];
  if (!rewrite.sameRows) {
    return [
      { kind: 'text', text: 'A batched statement was tried, but it did not give the same rows: write it by hand.' },
    ];
  }
  return [
    { kind: 'fix', label: 'one statement for all rows; it gave the same rows', language: 'sql', text: rewrite.sql },
    {
      kind: 'measurement',
      label: `${rewrite.repeats} statements → 1`,
      beforeMs: rewrite.loopMs,
      afterMs: rewrite.batchedMs,
      runs: rewrite.runs,
      method: 'both executed on an idle connection with the captured parameters, nothing attached',
    },
  ];
}

function savingMs({ statement }: EndpointStatement, repeats: number, plans: PlansArtifact): number | undefined {
  const rewrite = plans.rewrites.find((trial) => trial.fingerprint === statement.fingerprint);
  if (rewrite?.status === 'tried' && rewrite.sameRows) {
    return Math.max(0, ((rewrite.loopMs - rewrite.batchedMs) * repeats) / rewrite.repeats);
  }
  const one = roundTripMs(plans, statement.fingerprint);
  return one === undefined ? undefined : one * (repeats - 1);
}

const totalMs = ({ executions }: RepeatedStatement) => executions.reduce((sum, { durationMs }) => sum + durationMs, 0);
