import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Execution, QueriesArtifact } from '../../model/queries.ts';
import { attributeRequests, carriesTraces, type RecordedRequest } from './attribute-requests.ts';
import { literalsOf } from './normalized-text.ts';
import { createStatementCatalogue } from './statement-catalogue.ts';
import { pairWithStacks, type SentStatement } from './statement-places.ts';
import type { StatementSource } from './statement-source.ts';
import { placeInTags, statementTags } from './statement-tags.ts';
import type { WireExecution, WireTap } from './wire-tap.ts';

/** Long enough for a timer or a queue of the service to run its next statement, short beside a request. */
const quietMs = 25;
/** A service that queries without pause is not waited for: what it runs is then attributed by time. */
const maxWaitMs = 2_000;

interface RecorderOptions {
  /** What the service's own code handed to its drivers since the last call; `undefined` where it could not be told. */
  readonly takeSent?: (next: 'request' | 'rest') => Promise<readonly SentStatement[] | undefined>;
}

/**
 * What a tap hears of requests that are sent one at a time: whatever comes between a request's first byte and the quiet
 * after its last is its own, also what the service runs after it has answered. Statements that carry the request's
 * `traceparent` belong to it for certain, and once any does, those that carry another one do not.
 */
export function createTraceRecorder(tap: WireTap, { takeSent }: RecorderOptions = {}): StatementSource {
  const catalogue = createStatementCatalogue();
  const recorded: RecordedRequest[] = [];
  let earlier = 0;
  let heard = 0;
  let started = false;
  let recording = false;
  /** How many of those that idled out others have taken the place of. */
  let refilled = 0;
  let current: WireExecution[] | undefined;
  tap.onExecution((execution) => {
    if (started) heard += 1;
    else earlier += 1;
    current?.push(execution);
  });

  return {
    name: 'wire-tap',
    async record(meta, send, signal) {
      if (recording) throw new Error('requests are traced one at a time');
      recording = true;
      try {
        await quiet(tap, signal);
        await takeSent?.('request');
        const executions: WireExecution[] = [];
        started = true;
        current = executions;
        const traceId = randomBytes(16).toString('hex');
        const before = { opened: tap.stats.connections, open: tap.sessions().numbers };
        const sentAt = performance.now();
        const { status } = await send(`00-${traceId}-${randomBytes(8).toString('hex')}-01`);
        const durationMs = performance.now() - sentAt;
        await quiet(tap, signal);
        const sent = (await takeSent?.('rest')) ?? [];
        const opened = tap.stats.connections - before.opened;
        const refills = Math.min(opened, refillsOf(tap, before.open, executions), tap.stats.idledOut - refilled);
        refilled += refills;
        const own = executions.filter(({ startedAt }) => startedAt >= sentAt);
        const stacks = pairWithStacks(own, sent);
        recorded.push({
          request: { ...meta, status, durationMs, connectionsOpened: opened - refills },
          traceId,
          executions: own
            .toSorted((a, b) => a.startedAt - b.startedAt)
            .map((each) => {
              const stack = stacks.get(each);
              const execution = toExecution(each, catalogue.idOf(each.sql), sentAt);
              return { execution, ...(stack && { stack }) };
            }),
        });
      } finally {
        current = undefined;
        recording = false;
      }
    },
    artifact() {
      const requests = attributeRequests(recorded);
      const executions = requests.flatMap((request) => request.executions);
      const { connections, unreadable } = tap.stats;
      return {
        source: 'wire-tap',
        statements: catalogue.statements(),
        requests,
        coverage: {
          connections,
          executions: heard,
          unattributed: heard - executions.length,
          ...(earlier > 0 && { earlier }),
          attribution: carriesTraces(recorded) ? 'traceparent' : 'time',
          ...(unreadable > 0 && { unreadable }),
          ...(takeSent && { placed: executions.filter(({ place }) => place !== undefined).length }),
        },
      } satisfies QueriesArtifact;
    },
    async close() {},
  };
}

/**
 * New connections of a request that may stand for older ones, which a pool closed while the trace was busy elsewhere.
 *
 * None do where the request left one unused that was open: it could have taken that. Nor do those that are gone
 * already, for no pool closes what it has just opened.
 */
function refillsOf(tap: WireTap, openBefore: ReadonlySet<number>, executions: readonly WireExecution[]): number {
  const used = new Set(executions.map(({ connection }) => connection));
  if ([...openBefore].some((number) => !used.has(number))) return 0;
  return [...tap.sessions().numbers].filter((number) => !openBefore.has(number)).length;
}

/** Waits until the database is quiet, or has not been for a while; rejects as `tap.idle` does. */
export async function quiet(tap: WireTap, signal: AbortSignal): Promise<void> {
  const limit = new AbortController();
  const end = (): void => limit.abort();
  const timer = setTimeout(end, maxWaitMs);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  try {
    await tap.idle(quietMs, limit.signal);
  } catch (error) {
    if (signal.aborted || !limit.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}

function toExecution(heard: WireExecution, statement: number, sentAt: number): Execution {
  const literals = literalsOf(heard.sql);
  const tags = statementTags(heard.sql);
  const place = tags && placeInTags(tags);
  return {
    statement,
    connection: heard.connection,
    startMs: heard.startedAt - sentAt,
    durationMs: heard.durationMs,
    parameters: heard.parameters,
    ...(literals.length > 0 && { literals }),
    parameterTypes: heard.parameterTypes,
    rows: heard.rows,
    bytes: heard.bytes,
    columns: heard.columns,
    resultHash: heard.resultHash,
    ...(heard.error !== undefined && { error: heard.error }),
    inTransaction: heard.inTransaction,
    ...(tags && { tags }),
    ...(place && { place }),
  };
}
