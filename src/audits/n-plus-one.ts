import { defineAudit } from '../model/audit.ts';
import { concurrencyOf } from '../model/concurrency.ts';
import { type Evidence, type Finding, type Grade, severityOfSaving } from '../model/finding.ts';
import { findCommonParent, type ParentColumn, varyingPositions } from '../model/parent-column.ts';
import type { PlansArtifact } from '../model/plans.ts';
import {
  type QueriesArtifact,
  type RepeatedStatement,
  readsSystemTables,
  repeatedStatements,
  seesResults,
  valuesOf,
} from '../model/queries.ts';
import { median } from '../stats/summary.ts';
import { commonPlace } from './common-place.ts';
import { type CountedRepeat, countedRepeats } from './counted-repeats.ts';
import { byEndpointAndStatement, type EndpointStatement } from './grouping.ts';
import { roundTripMs, shareOfRequests } from './round-trip.ts';
import { notTraced } from './traced.ts';

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
    const counted = countedRepeats(queries, minRepeats);
    if (counted.length > 0) return counted.map(toCountedFinding);
    const reason = notTraced(queries);
    if (reason) return { inconclusive: reason };
    const loops = repeatedStatements(queries).filter(
      (repeated) =>
        repeated.distinctParameters >= minRepeats &&
        repeated.statement.kind === 'select' &&
        !readsSystemTables(repeated.statement) &&
        !loadsBatches(repeated),
    );
    return byEndpointAndStatement(loops).map((group) => toFinding(group, queries, plans));
  },
});

/** `= ANY` and IN over several values are batches already: a few of them in a row are the parts of a large one. */
function loadsBatches({ statement, executions }: RepeatedStatement): boolean {
  if (!statement.fingerprint.endsWith(':list')) return false;
  const [position, ...others] = varyingPositions(executions);
  if (position === undefined || others.length > 0) return true;
  return executions.some((execution) => {
    const value = valuesOf(execution)[position] ?? '';
    return value.startsWith('{') && value.includes(',');
  });
}

function toFinding(group: EndpointStatement, queries: QueriesArtifact, plans: PlansArtifact): Finding {
  const { endpoint, statement, occurrences } = group;
  const repeats = Math.round(median(occurrences.map(({ executions }) => executions.length)) ?? 0);
  const parent = findCommonParent(occurrences);
  const { traced, share } = shareOfRequests(group, queries);
  const whereItLoops = savingMs(group, repeats, plans);
  const saving = whereItLoops === undefined ? undefined : whereItLoops * share;
  return {
    key: `n-plus-one|${endpoint}|${statement.fingerprint}`,
    audit: 'n-plus-one',
    endpoint,
    severity: severityOfSaving(saving),
    grade: gradeOf(group, parent),
    summary:
      `${repeats} statements per request on ${statement.tables.join(', ') || 'the database'}, ` +
      (parent ? `one per row of ${parentName(parent, group, queries)}` : 'each with other parameters'),
    ...(saving !== undefined && { savingMs: saving }),
    evidence: [
      {
        kind: 'statement',
        label: `runs ${repeats} times in one request (seen in ${occurrences.length} of ${traced} requests)`,
        sql: statement.normalized,
        calls: repeats,
        totalMs: median(occurrences.map(totalMs)) ?? 0,
        ...commonPlace(occurrences),
      },
      parentEvidence(group, parent, queries),
      ...rewriteEvidence(statement.fingerprint, plans),
    ],
  };
}

/** Without values a loop over rows and the same question asked again look alike. */
function toCountedFinding({ endpoint, statement, calls, totalMs, seenIn, traced }: CountedRepeat): Finding {
  const text = 'The server counts executions without their values: it may be the same row again, which is a duplicate.';
  return {
    key: `n-plus-one|${endpoint}|${statement.fingerprint}`,
    audit: 'n-plus-one',
    endpoint,
    severity: severityOfSaving(undefined),
    grade: 'possible',
    summary: `${calls} statements per request on ${statement.tables.join(', ') || 'the database'}`,
    evidence: [
      {
        kind: 'statement',
        label: `runs ${calls} times in one request (seen in ${seenIn} of ${traced} requests)`,
        sql: statement.normalized,
        calls,
        totalMs,
      },
      { kind: 'text', text },
    ],
  };
}

function parentName(parent: ParentColumn, { statement }: EndpointStatement, queries: QueriesArtifact): string {
  if (parent.statement === statement.id) return 'its own earlier results';
  return queries.statements[parent.statement]?.tables[0] ?? 'an earlier result';
}

/** Without a parent, values that bound a range or a page may be parts of one large reading. */
function gradeOf({ statement, occurrences }: EndpointStatement, parent: ParentColumn | undefined): Grade {
  if (parent) return 'proven';
  const positions = varyingPositions(occurrences.flatMap(({ executions }) => executions));
  return positions.every((position) => boundsPart(statement.normalized, position)) ? 'possible' : 'likely';
}

function boundsPart(sql: string, position: number): boolean {
  const before = String.raw`(?:[<>]=?|\b(?:offset|limit|between|and|rows|next|first))`;
  return new RegExp(String.raw`${before}\s*\(?\s*\$${position + 1}(?!\d)`, 'i').test(sql);
}

function parentEvidence(
  { statement, occurrences }: EndpointStatement,
  parent: ParentColumn | undefined,
  queries: QueriesArtifact,
): Evidence {
  if (!parent) {
    const text = seesResults(queries)
      ? 'No earlier result holds the values as they were bound: they may come from the request or the code.'
      : 'Results were not seen, so that where the values come from is not known.';
    return { kind: 'text', text };
  }
  const { length } = occurrences;
  const whose = parent.statement === statement.id ? 'the column' : 'its column';
  return {
    kind: 'statement',
    label:
      `${whose} "${parent.column}" holds the loop's parameters: ${parent.matched} of ${parent.repeats}` +
      `${parent.inOrder ? ', in the order of its rows' : ''} (in ${length} request${length === 1 ? '' : 's'})`,
    sql: queries.statements[parent.statement]?.normalized ?? '',
  };
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
      method: 'both executed one after the other on an idle connection with the captured parameters, nothing attached',
    },
  ];
}

/** What a request that runs the loop would save; a loop on several connections waits less than the sum of its parts. */
function savingMs({ statement, occurrences }: EndpointStatement, repeats: number, plans: PlansArtifact) {
  const atOnce = median(occurrences.map(({ executions }) => concurrencyOf(executions))) ?? 1;
  const rewrite = plans.rewrites.find((trial) => trial.fingerprint === statement.fingerprint);
  if (rewrite?.status === 'tried' && rewrite.sameRows) {
    return Math.max(0, ((rewrite.loopMs / atOnce - rewrite.batchedMs) * repeats) / rewrite.repeats);
  }
  const one = roundTripMs(plans, statement.fingerprint);
  return one === undefined ? undefined : Math.max(0, (one * repeats) / atOnce - one);
}

const totalMs = ({ executions }: RepeatedStatement) => executions.reduce((sum, { durationMs }) => sum + durationMs, 0);
