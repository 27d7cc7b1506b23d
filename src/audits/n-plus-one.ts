import { defineAudit } from '../model/audit.ts';
import { concurrencyOf } from '../model/concurrency.ts';
import { type Finding, type Grade, severityOfSaving } from '../model/finding.ts';
import { findGrowth, type Growth } from '../model/growth.ts';
import { findCommonParent, varyingPositions } from '../model/parent-column.ts';
import type { PlansArtifact } from '../model/plans.ts';
import type { QueriesArtifact } from '../model/queries.ts';
import { repeatsOf } from '../model/repeats.ts';
import { boundsPart } from '../model/value-positions.ts';
import { median } from '../stats/summary.ts';
import { type CountedRepeat, countedRepeats } from './counted-repeats.ts';
import { byEndpointAndStatement, type EndpointLoop } from './grouping.ts';
import { cycleEvidence, growthEvidence, noProofEvidence, parentEvidence } from './loop-proof.ts';
import { type LoopTrials, rewriteEvidence, trialsOf } from './loop-rewrites.ts';
import { repeatedEvidence, repeatsPerRequest } from './repeated-evidence.ts';
import { roundTripMs, shareOfRequests } from './round-trip.ts';
import { notTraced } from './traced.ts';

/**
 * One request runs the same statement once per row of an earlier one.
 *
 * `minRepeats` is 5: pages that load two or three things by the same statement are common and harmless. Repeats
 * with equal parameters are a missing cache, not an N+1: `duplicate-query` reports those. What else repeats a
 * statement (pages, batches, polling, retries) is told apart in `src/model/repeats.ts`.
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
  relax: ({ minRepeats }) => ({ minRepeats: Math.max(2, Math.ceil(minRepeats / 2)) }),

  run({ queries, plans }, { minRepeats }) {
    const counted = countedRepeats(queries, minRepeats);
    if (counted.length > 0) return counted.map(toCountedFinding);
    const reason = notTraced(queries);
    if (reason) return { inconclusive: reason };
    const groups = byEndpointAndStatement(repeatsOf(queries, 'loop', { minDifferent: minRepeats }));
    const loops = groups.map((group) => ({ ...group, parent: findCommonParent(group.occurrences) }));
    return loops.map((loop) => toFinding(loop, loops, queries, plans));
  },
});

function toFinding(
  loop: EndpointLoop,
  loops: readonly EndpointLoop[],
  queries: QueriesArtifact,
  plans: PlansArtifact,
): Finding {
  const { endpoint, statement, occurrences, parent } = loop;
  const growth = parent ? undefined : findGrowth(queries, occurrences);
  const repeats = repeatsPerRequest(occurrences);
  const { traced, share } = shareOfRequests(loop, queries);
  const trials = trialsOf(loop, queries, plans);
  const whereItLoops = savingMs(loop, repeats, trials, plans);
  const saving = whereItLoops === undefined ? undefined : whereItLoops * share;
  return {
    key: `n-plus-one|${endpoint}|${statement.fingerprint}`,
    audit: 'n-plus-one',
    endpoint,
    severity: severityOfSaving(saving),
    grade: gradeOf(loop, growth),
    summary: `${repeats} statements per request on ${statement.tables.join(', ') || 'the database'}, ${cause(loop, growth, queries)}`,
    ...(saving !== undefined && { savingMs: saving }),
    evidence: [
      repeatedEvidence(loop, `runs ${repeats} times in one request`, traced),
      ...(parent
        ? [parentEvidence(loop, parent, queries)]
        : growth
          ? growthEvidence(growth, queries)
          : [noProofEvidence(queries)]),
      ...cycleEvidence(loop, loops),
      ...rewriteEvidence(trials),
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

function cause({ statement, parent }: EndpointLoop, growth: Growth | undefined, queries: QueriesArtifact): string {
  const source = parent?.statement ?? growth?.statement;
  if (source === undefined) return 'each with other parameters';
  const times = growth && growth.perRow > 1 ? `${growth.perRow} per row` : 'one per row';
  if (source === statement.id) return `${times} of its own earlier results`;
  return `${times} of ${queries.statements[source]?.tables[0] ?? 'an earlier result'}`;
}

/** Without a parent, values that bound a range or a page may be parts of one large reading. */
function gradeOf({ statement, occurrences, parent }: EndpointLoop, growth: Growth | undefined): Grade {
  if (parent || growth) return 'proven';
  const positions = varyingPositions(occurrences.flatMap(({ executions }) => executions));
  return positions.every((position) => boundsPart(statement.normalized, position)) ? 'possible' : 'likely';
}

/** What a request that runs the loop would save; a loop on several connections waits less than the sum of its parts. */
function savingMs(
  { statement, occurrences }: EndpointLoop,
  repeats: number,
  { batch, join }: LoopTrials,
  plans: PlansArtifact,
): number | undefined {
  const atOnce = median(occurrences.map(({ executions }) => concurrencyOf(executions))) ?? 1;
  if (batch?.status === 'tried' && batch.sameRows) {
    return Math.max(0, ((batch.loopMs / atOnce - batch.batchedMs) * repeats) / batch.repeats);
  }
  // The times of a parent and its loop are taken together: what of them ran at once cannot be taken off.
  if (join?.status === 'tried' && join.sameRows && !runsAtOnce(atOnce)) {
    return Math.max(0, ((join.separateMs - join.joinedMs) * repeats) / join.repeats);
  }
  const one = roundTripMs(plans, statement.fingerprint);
  return one === undefined ? undefined : Math.max(0, (one * repeats) / atOnce - one);
}

/** Durations are sums of floating-point numbers: a loop in turn comes out a little beside one. */
const runsAtOnce = (concurrency: number) => concurrency > 1.01;
