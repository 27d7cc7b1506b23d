import { defineAudit } from '../model/audit.ts';
import { needsRowsOf } from '../model/data-flow.ts';
import { type Evidence, type Finding, severityOfSaving } from '../model/finding.ts';
import { isPlainRead } from '../model/plain-read.ts';
import type { PlansArtifact } from '../model/plans.ts';
import {
  type Execution,
  type QueriesArtifact,
  readsSystemTables,
  requestsOf,
  type TracedRequest,
} from '../model/queries.ts';
import { tellRepeatsApart } from '../model/repeats.ts';
import { beganAfter, longestChainMs } from '../model/waiting-chains.ts';
import { roundTripMs } from './round-trip.ts';
import { noResultsSeen } from './statement-use.ts';

/**
 * One request waits for several statements one after the other, though none needs the rows of another.
 *
 * `minSavingMs` is 1: below a millisecond a second connection costs more than the time that it wins. Statements in a
 * transaction share one connection and one snapshot, and writes have their order: neither is counted.
 */
export const sequentialQueries = defineAudit({
  id: 'sequential-queries',
  technique: 'round-trips',
  title: 'Independent statements run at once',
  failureTitle: 'Independent statements wait for each other',
  why: 'The request takes the sum of their times where the longest of them would do.',
  fix: 'Send them at once on several connections of the pool (`Promise.all`), or ask for both in one statement.',
  requires: ['queries', 'plans'],
  defaults: { minSavingMs: 1 },

  run({ queries, plans }, { minSavingMs }) {
    // Which statement needs the rows of another is seen in its values.
    const reason = noResultsSeen(queries);
    if (reason) return { inconclusive: reason };
    const repeated = new Set(
      tellRepeatsApart(queries)
        .filter(({ kind }) => kind !== 'few')
        .flatMap(({ executions }) => executions),
    );
    const endpoints = [...new Set(queries.requests.map(({ endpoint }) => endpoint))];
    return endpoints.flatMap((endpoint) => {
      const waits = waitsOf(requestsOf(queries, endpoint), queries, plans, repeated);
      return waits && waits.savingMs >= minSavingMs ? [toFinding(endpoint, waits, queries)] : [];
    });
  },
});

/** What the requests of an endpoint wait for in vain. */
interface Waits {
  readonly traced: number;
  /** Requests with statements that could run at once. */
  readonly seen: number;
  /** Of one request, on the mean over all that were traced. */
  readonly savingMs: number;
  /** Whether every time is that of the statement alone; else some were taken with the tap attached. */
  readonly measured: boolean;
  /** Of the request that waits most. */
  readonly inTurnMs: number;
  readonly atOnceMs: number;
  readonly statements: readonly { readonly id: number; readonly costMs: number; readonly connection: number }[];
}

function waitsOf(
  requests: readonly TracedRequest[],
  queries: QueriesArtifact,
  plans: PlansArtifact,
  repeated: ReadonlySet<Execution>,
): Waits | undefined {
  const answered = requests.filter(({ status }) => status < 400);
  const stretches = answered.map((request) => stretchesOf(request, queries, repeated));
  // One request in which a value comes from an earlier result shows that the statement needs it in all; and one in which
  // two run at once shows that neither is made to wait, though a pool may have had to open a connection first.
  const needs = new Set<string>();
  const free = new Set<string>();
  for (const all of stretches) {
    for (const stretch of all) {
      for (const [index, later] of stretch.entries()) {
        for (const earlier of stretch.slice(0, index)) {
          if (needsRowsOf(later, earlier)) needs.add(pairOf(later, earlier));
          if (!beganAfter(later, earlier)) free.add(pairOf(later, earlier));
        }
      }
    }
  }
  let measured = true;
  const costMs = ({ statement, durationMs }: Execution) => {
    const alone = roundTripMs(plans, queries.statements[statement]?.fingerprint ?? '');
    if (alone === undefined) measured = false;
    return alone ?? durationMs;
  };
  const opened = firstOnConnection(queries);
  const waits = (later: Execution, earlier: Execution) =>
    beganAfter(later, earlier) && !free.has(pairOf(later, earlier)) && !opened.has(later);
  const found = stretches.flatMap((all) => {
    const chains = all.map((stretch) => ({
      stretch,
      inTurnMs: longestChainMs(stretch, costMs, waits),
      atOnceMs: longestChainMs(
        stretch,
        costMs,
        (later, earlier) => waits(later, earlier) && needs.has(pairOf(later, earlier)),
      ),
    }));
    const waiting = chains.filter(({ inTurnMs, atOnceMs }) => inTurnMs > atOnceMs);
    if (waiting.length === 0) return [];
    const inTurnMs = sum(waiting.map((chain) => chain.inTurnMs));
    const atOnceMs = sum(waiting.map((chain) => chain.atOnceMs));
    const executions = waiting.flatMap(({ stretch }) => stretch);
    return [{ inTurnMs, atOnceMs, savingMs: inTurnMs - atOnceMs, executions }];
  });
  const [most] = [...found].sort((a, b) => b.savingMs - a.savingMs);
  if (!most) return undefined;
  return {
    traced: requests.length,
    seen: found.length,
    savingMs: sum(found.map(({ savingMs }) => savingMs)) / requests.length,
    measured,
    inTurnMs: most.inTurnMs,
    atOnceMs: most.atOnceMs,
    statements: most.executions.map((each) => ({
      id: each.statement,
      costMs: costMs(each),
      connection: each.connection,
    })),
  };
}

/** Two statements whichever ran first: what one request shows of them holds for the others. */
function pairOf(one: Execution, other: Execution): string {
  return [one.statement, other.statement].sort((a, b) => a - b).join(' ');
}

/** What ran first on a connection may have waited for that to open, and not for what ran before it on another. */
function firstOnConnection({ requests }: QueriesArtifact): ReadonlySet<Execution> {
  const first = new Map<number, Execution>();
  for (const execution of requests.flatMap(({ executions }) => executions)) {
    if (!first.has(execution.connection)) first.set(execution.connection, execution);
  }
  return new Set(first.values());
}

/** Reads that follow each other with nothing between them that has its place: a write, a transaction, a loop. */
function stretchesOf(
  { executions }: TracedRequest,
  { statements }: QueriesArtifact,
  repeated: ReadonlySet<Execution>,
): readonly (readonly Execution[])[] {
  const stretches: Execution[][] = [[]];
  for (const execution of [...executions].sort((a, b) => a.startMs - b.startMs)) {
    const statement = statements[execution.statement];
    if (!statement || readsSystemTables(statement)) continue;
    const moves =
      isPlainRead(statement) && !execution.inTransaction && execution.error === undefined && !repeated.has(execution);
    if (moves) stretches.at(-1)?.push(execution);
    else stretches.push([]);
  }
  return stretches.filter(({ length }) => length > 1);
}

function toFinding(endpoint: string, waits: Waits, queries: QueriesArtifact): Finding {
  const { traced, seen, savingMs, measured, inTurnMs, atOnceMs, statements } = waits;
  const saving = measured ? savingMs : undefined;
  return {
    key: `sequential-queries|${endpoint}`,
    audit: 'sequential-queries',
    endpoint,
    severity: severityOfSaving(saving),
    // What the values do not show, as that one statement decides whether the next may run, only its author knows.
    grade: seen > 1 ? 'likely' : 'possible',
    summary:
      `${statements.length} statements take ${shown(inTurnMs)} one after the other and ${shown(atOnceMs)} at once: ` +
      'not all of them need the rows of those before them',
    ...(saving !== undefined && { savingMs: saving }),
    evidence: [
      ...statements.slice(0, maxShown).map(
        ({ id, costMs }, index): Evidence => ({
          kind: 'statement',
          label: index === 0 ? `the first of ${statements.length} (seen in ${seen} of ${traced} requests)` : 'and then',
          sql: queries.statements[id]?.normalized ?? '',
          calls: 1,
          totalMs: costMs,
        }),
      ),
      {
        kind: 'text',
        text:
          `At once means each as soon as the rows that it needs are there, by ${measured ? 'the times of the statements on an idle connection' : 'times taken with the tap attached'}. ` +
          'No value of one stands in the rows of another that it could be run beside. ' +
          'That one decides whether the next may run at all (an authorisation, a 404) cannot be seen.',
      },
      ...connectionEvidence(statements),
    ],
  };
}

/** Further statements of one request are not listed. */
const maxShown = 8;

function connectionEvidence(statements: Waits['statements']): readonly Evidence[] {
  if (new Set(statements.map(({ connection }) => connection)).size > 1) return [];
  const text = 'All of them ran on one connection, which takes one statement at a time: they need one each.';
  return [{ kind: 'text', text }];
}

const shown = (ms: number) => `${ms.toPrecision(3)} ms`;

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
