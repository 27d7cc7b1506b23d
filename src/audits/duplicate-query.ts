import { defineAudit } from '../model/audit.ts';
import { type Finding, severityOfSaving } from '../model/finding.ts';
import type { PlansArtifact } from '../model/plans.ts';
import {
  type Execution,
  parametersKey,
  type QueriesArtifact,
  repeatedStatements,
  requestsOf,
} from '../model/queries.ts';
import { median } from '../stats/summary.ts';
import { byEndpointAndStatement, type EndpointStatement } from './grouping.ts';
import { nPlusOne } from './n-plus-one.ts';
import { roundTripMs } from './round-trip.ts';

/**
 * One request asks the database the same thing twice.
 *
 * `minRepeats` is 2: the second equal statement is already wasted. Statements without a table (`SELECT 1`) are
 * not counted, nor those whose result changed in between, nor loops over many values, which `n-plus-one` reports.
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
    if (queries.statements.length === 0) return { inconclusive: 'no statement was captured' };
    const repeated = repeatedStatements(queries).filter(
      ({ statement, executions, distinctParameters }) =>
        statement.kind === 'select' &&
        statement.tables.length > 0 &&
        distinctParameters < nPlusOne.defaults.minRepeats &&
        largestEqualGroup(executions).length >= minRepeats,
    );
    return byEndpointAndStatement(repeated).map((group) => toFinding(group, queries, plans));
  },
});

function toFinding(group: EndpointStatement, queries: QueriesArtifact, plans: PlansArtifact): Finding {
  const { endpoint, statement, occurrences } = group;
  const times = Math.round(median(occurrences.map(({ executions }) => largestEqualGroup(executions).length)) ?? 0);
  const one = roundTripMs(plans, statement.fingerprint);
  const saving = one === undefined ? undefined : one * (times - 1);
  const traced = requestsOf(queries, endpoint).length;
  return {
    key: `duplicate-query|${endpoint}|${statement.fingerprint}`,
    audit: 'duplicate-query',
    endpoint,
    severity: severityOfSaving(saving),
    grade: 'proven',
    summary: `the same statement on ${statement.tables.join(', ')} runs ${times} times per request and gives the same rows`,
    ...(saving !== undefined && { savingMs: saving }),
    evidence: [
      {
        kind: 'statement',
        label: `runs ${times} times with equal parameters (seen in ${occurrences.length} of ${traced} requests)`,
        sql: statement.normalized,
        calls: times,
        totalMs: median(occurrences.map(({ executions }) => sum(largestEqualGroup(executions)))) ?? 0,
      },
      { kind: 'text', text: `All ${times} results were equal, byte for byte.` },
    ],
  };
}

const sum = (executions: readonly Execution[]) => executions.reduce((total, { durationMs }) => total + durationMs, 0);

/** The largest set of executions that were given the same values and gave the same rows. */
function largestEqualGroup(executions: readonly Execution[]): readonly Execution[] {
  const groups = new Map<string, Execution[]>();
  for (const execution of executions) {
    if (execution.error !== undefined) continue;
    const key = `${parametersKey(execution)} ${execution.resultHash}`;
    const group = groups.get(key);
    if (group) group.push(execution);
    else groups.set(key, [execution]);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length)[0] ?? [];
}
