import { defineAudit } from '../model/audit.ts';
import { concurrencyOf } from '../model/concurrency.ts';
import { type Evidence, type Finding, severityOfSaving } from '../model/finding.ts';
import type { PlansArtifact } from '../model/plans.ts';
import { type QueriesArtifact, type Statement, seesResults } from '../model/queries.ts';
import { repeatsOf } from '../model/repeats.ts';
import { median } from '../stats/summary.ts';
import { byEndpointAndStatement, type EndpointStatement } from './grouping.ts';
import { nPlusOne } from './n-plus-one.ts';
import { repeatedEvidence, repeatsPerRequest } from './repeated-evidence.ts';
import { roundTripMs, shareOfRequests } from './round-trip.ts';
import { notTraced } from './traced.ts';

/**
 * One request asks the database the same thing twice.
 *
 * `minRepeats` is 2: the second equal statement is already wasted. Loops over many values are left to `n-plus-one`,
 * whose fix removes their repeats too. A read that locks, that follows a write to its table, that is tried again or
 * that waits for a change is no repeat (`src/model/repeats.ts`).
 */
export const duplicateQuery = defineAudit({
  id: 'duplicate-query',
  technique: 'round-trips',
  title: 'Each thing is asked once per request',
  failureTitle: 'The same query with the same parameters runs repeatedly in one request',
  why: 'The answer is already there: each repeat is a round trip and work of the database for nothing.',
  fix: 'Pass the result on, or keep it for the length of the request (a request-scoped cache or a dataloader).',
  requires: ['queries', 'plans'],
  defaults: { minRepeats: 2 },

  run({ queries, plans }, { minRepeats }) {
    const reason = notTraced(queries);
    if (reason) return { inconclusive: reason };
    const thresholds = { minDifferent: nPlusOne.defaults.minRepeats, minEqual: minRepeats };
    const repeated = repeatsOf(queries, 'duplicate', thresholds);
    return byEndpointAndStatement(repeated).map((group) => toFinding(group, queries, plans));
  },
});

function toFinding(group: EndpointStatement, queries: QueriesArtifact, plans: PlansArtifact): Finding {
  const { endpoint, statement, occurrences } = group;
  const runs = repeatsPerRequest(occurrences);
  const needed = Math.round(median(occurrences.map(({ distinctParameters }) => distinctParameters)) ?? 0);
  const atOnce = median(occurrences.map(({ executions }) => concurrencyOf(executions))) ?? 1;
  const { traced, share } = shareOfRequests(group, queries);
  const one = roundTripMs(plans, statement.fingerprint);
  const saving = one === undefined ? undefined : Math.max(0, (one * runs) / atOnce - one * needed) * share;
  const isMixed = occurrences.some(({ executions }) => new Set(executions.map((e) => e.inTransaction)).size > 1);
  const isSeen = seesResults(queries);
  return {
    key: `duplicate-query|${endpoint}|${statement.fingerprint}`,
    audit: 'duplicate-query',
    endpoint,
    severity: severityOfSaving(saving),
    grade: isMixed || !isSeen ? 'likely' : 'proven',
    summary: summaryOf(statement, runs, needed),
    ...(saving !== undefined && { savingMs: saving }),
    evidence: [
      repeatedEvidence(group, `runs ${runs} times where ${needed === 1 ? 'once' : `${needed} times`} would do`, traced),
      isSeen ? equalityEvidence(isMixed) : unseenEvidence,
    ],
  };
}

function summaryOf({ tables }: Statement, runs: number, needed: number): string {
  const names = tables.join(', ');
  if (needed === 1) return `the same statement on ${names} runs ${runs} times per request and gives the same rows`;
  return `${runs} statements per request on ${names} ask only ${needed} different things`;
}

function equalityEvidence(isMixed: boolean): Evidence {
  const equal = 'Equal parameters gave equal results, byte for byte, and nothing wrote to the tables in between.';
  const mixed = ' Some ran inside a transaction and some outside: if the repeat is a check under a lock, keep it.';
  return { kind: 'text', text: isMixed ? equal + mixed : equal };
}

/** A log of the server tells what was asked, and nothing of the answer. */
const unseenEvidence: Evidence = {
  kind: 'text',
  text: 'The parameters are equal and nothing wrote to the tables in between; the results were not seen.',
};
