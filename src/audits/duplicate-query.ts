import { defineAudit } from '../model/audit.ts';
import { concurrencyOf } from '../model/concurrency.ts';
import { type Evidence, type Finding, severityOfSaving } from '../model/finding.ts';
import type { PlansArtifact } from '../model/plans.ts';
import {
  type Execution,
  parametersKey,
  type QueriesArtifact,
  type RepeatedStatement,
  readsSystemTables,
  repeatedStatements,
  type Statement,
  seesResults,
} from '../model/queries.ts';
import { median } from '../stats/summary.ts';
import { commonPlace } from './common-place.ts';
import { byEndpointAndStatement, type EndpointStatement } from './grouping.ts';
import { nPlusOne } from './n-plus-one.ts';
import { roundTripMs, shareOfRequests } from './round-trip.ts';
import { notTraced } from './traced.ts';

/**
 * One request asks the database the same thing twice.
 *
 * `minRepeats` is 2: the second equal statement is already wasted. Loops over many values are left to `n-plus-one`,
 * whose fix removes their repeats too. A read that locks, or that follows a write to its table, is no repeat.
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
    const repeated = repeatedStatements(queries).flatMap((occurrence): readonly RepeatedStatement[] => {
      const { statement, distinctParameters } = occurrence;
      if (!isPlainRead(statement) || distinctParameters >= nPlusOne.defaults.minRepeats) return [];
      const equal = equalGroups(occurrence, queries.statements).filter(({ length }) => length >= minRepeats);
      return equal.length > 0 ? [{ ...occurrence, executions: equal.flat(), distinctParameters: equal.length }] : [];
    });
    return byEndpointAndStatement(repeated).map((group) => toFinding(group, queries, plans));
  },
});

/** Statements without a table (`SELECT 1`, a sequence) and those that lock are repeated for what they do. */
function isPlainRead(statement: Statement): boolean {
  return (
    statement.kind === 'select' &&
    statement.tables.length > 0 &&
    !readsSystemTables(statement) &&
    !/\bfor\s+(?:no\s+key\s+)?(?:update|share|key\s+share)\b/i.test(statement.normalized)
  );
}

/** Executions with the same values and the same rows, between which nothing was written to the tables that they read. */
function equalGroups(
  { request, statement, executions }: RepeatedStatement,
  statements: readonly Statement[],
): readonly (readonly Execution[])[] {
  const writes = request.executions.filter((execution) => mayWrite(statements[execution.statement], statement.tables));
  const groups = new Map<string, Execution[]>();
  for (const execution of executions) {
    if (execution.error !== undefined) continue;
    const writesBefore = writes.filter(({ startMs }) => startMs < execution.startMs).length;
    const key = `${writesBefore} ${execution.resultHash} ${parametersKey(execution)}`;
    const group = groups.get(key);
    if (group) group.push(execution);
    else groups.set(key, [execution]);
  }
  return [...groups.values()];
}

function mayWrite(statement: Statement | undefined, tables: readonly string[]): boolean {
  if (!statement || statement.kind === 'select' || statement.kind === 'transaction') return false;
  // CALL, COPY or what cannot be parsed may write anything.
  if (statement.kind === 'utility' || statement.kind === 'unparsable')
    return !/^\s*(?:set|show)\b/i.test(statement.normalized);
  return statement.tables.some((table) => tables.includes(table));
}

function toFinding(group: EndpointStatement, queries: QueriesArtifact, plans: PlansArtifact): Finding {
  const { endpoint, statement, occurrences } = group;
  const runs = Math.round(median(occurrences.map(({ executions }) => executions.length)) ?? 0);
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
      {
        kind: 'statement',
        label: `runs ${runs} times where ${needed === 1 ? 'once' : `${needed} times`} would do (seen in ${occurrences.length} of ${traced} requests)`,
        sql: statement.normalized,
        calls: runs,
        totalMs: median(occurrences.map(({ executions }) => totalMs(executions))) ?? 0,
        ...commonPlace(occurrences),
      },
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

function totalMs(executions: readonly Execution[]): number {
  return executions.reduce((total, { durationMs }) => total + durationMs, 0);
}
