import { defineAudit } from '../model/audit.ts';
import { type Evidence, type Finding, type Grade, severityOfSaving } from '../model/finding.ts';
import { isPlainRead, mayWrite } from '../model/plain-read.ts';
import type { PlansArtifact } from '../model/plans.ts';
import {
  type Execution,
  parametersKey,
  type QueriesArtifact,
  requestsOf,
  type Statement,
  type TracedRequest,
} from '../model/queries.ts';
import { median } from '../stats/summary.ts';
import { type Reading, type SimulatedCache, simulateCache } from './cache-simulation.ts';
import { wantedIndex } from './index-gain.ts';
import { missingIndex } from './missing-index.ts';
import { roundTripMs } from './round-trip.ts';
import { shownBytes } from './shown-size.ts';
import { noResultsSeen, type StatementUse, statementUses } from './statement-use.ts';

/**
 * Request after request asks for the same thing, and the answer stays the same.
 *
 * `minStatementMs` is 5: what is faster is cheaper to ask than to keep right. `minHits` is 4 and `minHitRatio` 0.5: three
 * equal requests among few are chance. `maxBytes` is 262,144: what is larger is no entry of a cache. A statement that an
 * index would mend is left to `missing-index`, repeats within one request to `duplicate-query`.
 */
export const cacheableQuery = defineAudit({
  id: 'cacheable-query',
  technique: 'caching',
  title: 'What stays the same is not asked again',
  failureTitle: 'Request after request computes the same answer',
  why: 'The database does the same work again and again for an answer that did not change.',
  fix: 'Keep the result for a few seconds, for all requests, and let one of them renew it when it has expired.',
  requires: ['queries', 'plans'],
  defaults: { minStatementMs: 5, minHits: 4, minHitRatio: 0.5, maxBytes: 262_144 },

  run({ queries, plans }, { minStatementMs, minHits, minHitRatio, maxBytes }) {
    const reason = noResultsSeen(queries);
    if (reason) return { inconclusive: reason };
    return statementUses(queries).flatMap((use) => {
      const { statement, byRequest } = use;
      const executions = byRequest.flat();
      if (!isPlainRead(statement) || executions.some(({ bytes }) => bytes > maxBytes)) return [];
      const statementMs = roundTripMs(plans, statement.fingerprint) ?? median(executions.map((e) => e.durationMs)) ?? 0;
      if (statementMs < minStatementMs) return [];
      const calls = executions.length / use.traced;
      if (wantedIndex(plans, { fingerprint: statement.fingerprint, calls }, missingIndex.defaults)) return [];
      const readings = readingsOf(use, queries);
      const kept = simulateCache(readings, ttls[1].ms);
      if (kept.hits < minHits || kept.hits < minHitRatio * kept.readings || kept.stale > 0) return [];
      return [toFinding({ use, readings, kept, statementMs }, queries, plans)];
    });
  },
});

const ttls = [
  { label: '1 s', ms: 1_000 },
  { label: '10 s', ms: 10_000 },
  { label: '60 s', ms: 60_000 },
] as const;

/** Each request counts a key once. */
function readingsOf({ endpoint, statement }: StatementUse, queries: QueriesArtifact): readonly Reading[] {
  return requestsOf(queries, endpoint).flatMap((request, index) => {
    const firsts = new Map<string, Execution>();
    for (const execution of request.executions) {
      if (execution.statement !== statement.id || execution.error) continue;
      const key = parametersKey(execution);
      if (!firsts.has(key)) firsts.set(key, execution);
    }
    const sentAtMs = request.sentAtMs ?? index;
    return [...firsts].map(([key, { startMs, resultHash }]) => ({ atMs: sentAtMs + startMs, key, result: resultHash }));
  });
}

interface Kept {
  readonly use: StatementUse;
  readonly readings: readonly Reading[];
  /** By a cache that keeps for 10 s. */
  readonly kept: SimulatedCache;
  readonly statementMs: number;
}

function toFinding(found: Kept, queries: QueriesArtifact, plans: PlansArtifact): Finding {
  const { use, readings, kept, statementMs } = found;
  const { endpoint, statement, traced } = use;
  const one = roundTripMs(plans, statement.fingerprint);
  const saving = one === undefined ? undefined : (one * (kept.hits + kept.cold)) / traced;
  const writers = queries.requests.filter(({ executions }) =>
    executions.some((execution) => mayWrite(queries.statements[execution.statement], statement.tables)),
  );
  const isVaried = urlsOfRepeats(requestsOf(queries, endpoint), statement) > 1;
  return {
    key: `cacheable-query|${endpoint}|${statement.fingerprint}`,
    audit: 'cacheable-query',
    endpoint,
    severity: severityOfSaving(saving),
    grade: gradeOf(isVaried, writers.length > 0),
    summary: `${kept.hits} of ${kept.readings} times the same was asked of ${statement.tables.join(', ')} again and gave the same rows, ${statementMs.toFixed(1)} ms each`,
    ...(saving !== undefined && { savingMs: saving }),
    evidence: [
      { kind: 'statement', label: 'the statement', sql: statement.normalized, totalMs: statementMs },
      simulation(readings),
      {
        kind: 'text',
        text: [
          isVaried
            ? 'Different requests led to it, so that the repeats are not only those of the scenario.'
            : 'The scenario sends the same request each time: whether users do is not known.',
          writers.length > 0
            ? `${writers.length} traced request${writers.length === 1 ? '' : 's'} may write to its tables: the answer is kept only as long as it may be old.`
            : 'No traced request wrote to its tables.',
          `An entry takes ${shownBytes(median(use.byRequest.flat().map(({ bytes }) => bytes)) ?? 0)}.`,
        ].join(' '),
      },
    ],
  };
}

function gradeOf(isVaried: boolean, isWritten: boolean): Grade {
  return isVaried && !isWritten ? 'likely' : 'possible';
}

/** How many different requests the most repeated question came from. */
function urlsOfRepeats(requests: readonly TracedRequest[], { id }: Statement): number {
  const urls = new Map<string, Set<string>>();
  for (const { method, url, executions } of requests) {
    for (const execution of executions.filter(({ statement }) => statement === id)) {
      const key = parametersKey(execution);
      urls.set(key, (urls.get(key) ?? new Set()).add(`${method} ${url}`));
    }
  }
  return Math.max(0, ...[...urls.values()].map(({ size }) => size));
}

/** Caches that keep for longer than the trace took all do the same: only the first of them is shown. */
function simulation(readings: readonly Reading[]): Evidence {
  const times = readings.map(({ atMs }) => atMs);
  const spanMs = Math.max(...times) - Math.min(...times);
  const longest = ttls.findIndex(({ ms }) => ms > spanMs);
  const shown = longest === -1 ? ttls : ttls.slice(0, longest + 1);
  return {
    kind: 'table',
    label: `simulated on the ${readings.length} executions of ${(spanMs / 1000).toFixed(1)} s of the trace`,
    columns: ['kept for', 'hits', 'stale'],
    rows: shown.map(({ label, ms }, index) => {
      const { hits, stale } = simulateCache(readings, ms);
      const percent = (count: number, of: number) => `${of === 0 ? 0 : Math.round((100 * count) / of)} %`;
      const more = index === longest ? `${label} and longer` : label;
      return [more, `${hits} of ${readings.length} (${percent(hits, readings.length)})`, percent(stale, hits)];
    }),
  };
}
