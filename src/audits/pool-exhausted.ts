import { defineAudit } from '../model/audit.ts';
import type { PoolWindow } from '../model/bursts.ts';
import { type Evidence, type Finding, severityOfSaving } from '../model/finding.ts';
import type { LoadArtifact } from '../model/load.ts';
import { type QueriesArtifact, requestsOf, type TracedRequest } from '../model/queries.ts';
import { createHistogram } from '../stats/histogram.ts';
import { mean, median } from '../stats/summary.ts';
import { heldMs } from './held-time.ts';
import { notTraced } from './traced.ts';

/**
 * Under the scenario's load requests wait until a connection of the service's pool is free.
 *
 * `heldShare` is 0.9: of its connections nine in ten were held, and the rest was just being handed on. `minSlowdown` is 2: a request under load
 * takes at least twice as long as alone. `maxStatementSlowdown` is 2: where statements themselves take longer than that,
 * the database is what is short, and a larger pool would make it worse. `tolerance` is 0.3: by how much longer than
 * alone a request may have its connection under load, for the wait to be what makes it slow. `minWaitMs` is 500: what
 * is refused at once did not wait for a connection. `maxFailed` is 0.5: where most requests fail their times tell nothing.
 */
export const poolExhausted = defineAudit({
  id: 'pool-exhausted',
  technique: 'pooling',
  title: 'Requests find a free connection',
  failureTitle: 'Requests wait for a connection of the pool',
  why: 'All connections are held while the database has nothing to do, so that requests queue up in the service.',
  fix: 'Give connections back before waiting for anything else, keep transactions short, or make the pool larger.',
  requires: ['load', 'queries'],
  defaults: { heldShare: 0.9, minSlowdown: 2, maxStatementSlowdown: 2, tolerance: 0.3, minWaitMs: 500, maxFailed: 0.5 },

  run({ load, queries }, options) {
    const reason = notTraced(queries);
    if (reason) return { inconclusive: reason };
    const { pool } = queries;
    if (!pool) return { inconclusive: 'its connections were not watched under load' };
    const lost = leakOf(pool) ?? lossOf(pool, queries, options);
    if (lost) return [lost];
    const waits = waitsFor(pool, load, queries, options);
    if (waits.length > 0) return waits;
    const share = unsuccessfulShare(load);
    return share > options.maxFailed
      ? { inconclusive: `${Math.round(100 * share)} % of the requests had no good answer under load` }
      : [];
  },
});

interface Thresholds {
  readonly heldShare: number;
  readonly minSlowdown: number;
  readonly maxStatementSlowdown: number;
  readonly tolerance: number;
}

function waitsFor(
  pool: PoolWindow,
  load: LoadArtifact,
  queries: QueriesArtifact,
  options: Thresholds,
): readonly Finding[] {
  const size = Math.max(0, ...pool.open);
  const held = (mean(pool.held) ?? 0) / size;
  if (size === 0 || size >= pool.users || held < options.heldShare) return [];
  if (statementSlowdown(pool, queries) > options.maxStatementSlowdown) return [];
  const endpoints = [...new Set(queries.requests.map(({ endpoint }) => endpoint))];
  const waits = endpoints.flatMap((endpoint): readonly Wait[] => {
    const requests = requestsOf(queries, endpoint).filter(({ status }) => status < 400);
    const aloneMs = median(requests.map(({ durationMs }) => durationMs));
    const loadedMs = medianUnderLoad(load, endpoint);
    if (aloneMs === undefined || loadedMs === undefined || loadedMs < options.minSlowdown * aloneMs) return [];
    if (requests.every(({ executions }) => executions.length === 0)) return [];
    return [{ endpoint, requests, aloneMs, loadedMs }];
  });
  const heldAloneMs =
    mean(waits.map(({ requests }) => median(requests.map((each) => heldMs(each, queries))) ?? 0)) ?? 0;
  return waits.map((wait) => toFinding(wait, { pool, size, held, heldAloneMs }, load, options));
}

interface Wait {
  readonly endpoint: string;
  readonly requests: readonly TracedRequest[];
  readonly aloneMs: number;
  readonly loadedMs: number;
}

interface Shortage {
  readonly pool: PoolWindow;
  readonly size: number;
  /** Share of the connections that was held, on the mean of all samples. */
  readonly held: number;
  /** How long one request has a connection, sent alone. */
  readonly heldAloneMs: number;
}

function toFinding(
  { endpoint, aloneMs, loadedMs }: Wait,
  { pool, size, held, heldAloneMs }: Shortage,
  { model }: LoadArtifact,
  { tolerance }: { readonly tolerance: number },
): Finding {
  // Little's law: of all users only `size` are served at a time, each for as long as it has a connection.
  const heldLoadedMs = model.kind === 'closed' ? (loadedMs * size) / pool.users : undefined;
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  return {
    key: `pool-exhausted|${endpoint}`,
    audit: 'pool-exhausted',
    endpoint,
    severity: severityOfSaving(loadedMs - aloneMs),
    grade: isExplained(heldAloneMs, heldLoadedMs, tolerance) ? 'proven' : 'likely',
    summary: `${pool.users} users share ${size} connection${size === 1 ? '' : 's'}: a request takes ${ms(loadedMs)} under load and ${ms(aloneMs)} alone`,
    // Without waiting it would take as long as alone, which was measured with the tap between: the saving is no larger.
    savingMs: Math.max(0, loadedMs - aloneMs),
    evidence: [
      {
        kind: 'table',
        label: `connections under load, ${pool.held.length} samples`,
        columns: ['open', 'held', 'a request alone has one for'],
        rows: [[size, `${Math.round(100 * held)} %`, ms(heldAloneMs)]],
      },
      explanation(heldAloneMs, heldLoadedMs, tolerance),
      {
        kind: 'text',
        text: 'Statements took no longer than alone, so the database was not what was short; whether it can serve more connections was not tried.',
      },
    ],
  };
}

/** Whether a request has a connection for no longer than alone: then all that makes it slow is the wait for one. */
function isExplained(aloneMs: number, loadedMs: number | undefined, tolerance: number): boolean {
  return loadedMs !== undefined && loadedMs <= (1 + tolerance) * aloneMs;
}

function explanation(aloneMs: number, loadedMs: number | undefined, tolerance: number): Evidence {
  if (loadedMs === undefined) {
    return { kind: 'text', text: 'Users come by the clock: how long each has a connection under load is not known.' };
  }
  const held = `Under load each request has a connection for ${loadedMs.toFixed(1)} ms (time under load × connections ÷ users), alone for ${aloneMs.toFixed(1)} ms`;
  return {
    kind: 'text',
    text: isExplained(aloneMs, loadedMs, tolerance)
      ? `${held}: what it takes longer is the wait for one.`
      : `${held}: something else is waited for too.`,
  };
}

/** Connections within a transaction when nothing is under way are never given back. */
function leakOf({ leftInTransaction, open }: PoolWindow): Finding | undefined {
  if (leftInTransaction === 0) return undefined;
  const size = Math.max(0, ...open);
  return {
    key: 'pool-exhausted|leak',
    audit: 'pool-exhausted',
    severity: 'high',
    grade: 'proven',
    summary: `${leftInTransaction} of ${size} connections stayed within a transaction when all requests were answered`,
    evidence: [
      {
        kind: 'text',
        text: 'A path of the code neither commits nor rolls back, most often that of an error: the pool loses a connection each time, and its locks stay.',
      },
    ],
  };
}

/** A request that nobody stands beside, and that waits in vain without a statement though all connections are idle. */
function lossOf(
  { afterwards = [] }: PoolWindow,
  queries: QueriesArtifact,
  { minWaitMs }: { readonly minWaitMs: number },
): Finding | undefined {
  const stuck = afterwards.find(({ endpoint, status = 500, statements, open, held, durationMs }) => {
    if (status < 500 || statements > 0 || open === 0 || held > 0 || durationMs < minWaitMs) return false;
    const traced = requestsOf(queries, endpoint).filter((request) => request.status < 400);
    return traced.length > 0 && traced.every(({ executions }) => executions.length > 0);
  });
  if (!stuck) return undefined;
  const { endpoint, status, open, durationMs } = stuck;
  const end = status === undefined ? 'got no answer' : `was answered with ${status}`;
  // Which endpoint took the connections is not known.
  return {
    key: 'pool-exhausted|not-given-back',
    audit: 'pool-exhausted',
    severity: 'high',
    grade: 'possible',
    summary: `after the load one request alone, to ${endpoint}, waited ${(durationMs / 1000).toFixed(1)} s, sent no statement and ${end}, though all ${open} connections were idle: as if they had been taken and not given back`,
    evidence: [
      {
        kind: 'text',
        text: 'Traced before the load, such requests sent statements. Where a path of the code takes a connection and does not release it, most often that of an error or an early return, release it in `finally`. Something else that is asked before the database, and fails since the load, looks the same.',
      },
    ],
  };
}

function unsuccessfulShare({ rounds }: LoadArtifact): number {
  const all = rounds.flatMap(({ endpoints }) => Object.values(endpoints));
  const due = all.reduce((sum, each) => sum + each.due, 0);
  const good = all.reduce((sum, { answered, failed }) => sum + answered - failed, 0);
  return due === 0 ? 0 : 1 - good / due;
}

/** How much longer statements took under load than alone: the median over those that ran often enough. */
function statementSlowdown({ statements }: PoolWindow, queries: QueriesArtifact): number {
  const ratios = statements.flatMap(({ fingerprint, executions, medianMs }) => {
    const id = queries.statements.find((statement) => statement.fingerprint === fingerprint)?.id;
    const alone = queries.requests
      .flatMap((request) => request.executions)
      .filter((execution) => execution.statement === id && !execution.error)
      .map(({ durationMs }) => durationMs);
    const aloneMs = median(alone);
    // A millisecond is what a busy tap adds to any.
    return aloneMs === undefined || executions < 10 ? [] : [Math.max(0, medianMs - 1) / aloneMs];
  });
  return median(ratios) ?? 1;
}

function medianUnderLoad({ rounds }: LoadArtifact, endpoint: string): number | undefined {
  const all = createHistogram();
  for (const round of rounds) {
    const found = round.endpoints[endpoint];
    if (found) all.merge(found.serviceTime);
  }
  const us = all.quantile(0.5);
  return us === undefined ? undefined : us / 1000;
}
