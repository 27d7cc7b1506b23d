import { performance } from 'node:perf_hooks';
import type { Execution, QueriesArtifact, Statement, TracedRequest } from '../../model/queries.ts';
import { literalsOf } from './normalized-text.ts';
import { describeStatement } from './statement.ts';
import type { WireExecution, WireTap } from './wire-tap.ts';

/** What a request is known by; the fields mean what they mean in {@link TracedRequest}. */
type RequestMeta = Pick<TracedRequest, 'endpoint' | 'method' | 'url' | 'sentAtMs'>;

/** Attributes what a tap hears to requests that are sent one at a time. */
export interface TraceRecorder {
  /**
   * Sends one request and keeps what the database hears until it is quiet again: statements that the service runs
   * after it has answered belong to the request too. Rejects as `send` does; then nothing is kept.
   */
  record<R extends { readonly status: number }>(
    meta: RequestMeta,
    send: () => Promise<R>,
    signal: AbortSignal,
  ): Promise<void>;
  /** All that was recorded so far; executions before the first request are left out. */
  artifact(): QueriesArtifact;
}

/** Long enough for a timer or a queue of the service to run its next statement, short beside a request. */
const quietMs = 25;

/** A service that queries without pause is not waited for: what it runs is then attributed by time. */
const maxWaitMs = 2_000;

/** Requests are to be recorded one after the other: a second one at the same time is a defect of the caller. */
export function createTraceRecorder(tap: WireTap): TraceRecorder {
  const catalogue = createCatalogue();
  const requests: TracedRequest[] = [];
  let heard = 0;
  let attributed = 0;
  let started = false;
  let recording = false;
  let current: WireExecution[] | undefined;
  tap.onExecution((execution) => {
    if (started) heard += 1;
    current?.push(execution);
  });

  return {
    async record(meta, send, signal) {
      if (recording) throw new Error('requests are traced one at a time');
      recording = true;
      try {
        await quiet(tap, signal);
        const executions: WireExecution[] = [];
        started = true;
        current = executions;
        const connectionsBefore = tap.stats.connections;
        const sentAt = performance.now();
        const { status } = await send();
        const durationMs = performance.now() - sentAt;
        await quiet(tap, signal);
        const connectionsOpened = tap.stats.connections - connectionsBefore;
        const own = executions.filter(({ startedAt }) => startedAt >= sentAt);
        attributed += own.length;
        const ordered = own.sort((a, b) => a.startedAt - b.startedAt);
        requests.push({
          ...meta,
          status,
          durationMs,
          connectionsOpened,
          executions: ordered.map((execution) => toExecution(execution, catalogue.idOf(execution.sql), sentAt)),
        });
      } finally {
        current = undefined;
        recording = false;
      }
    },
    artifact: () => ({
      source: 'wire-tap',
      statements: catalogue.statements(),
      requests: [...requests],
      coverage: { connections: tap.stats.connections, executions: heard, unattributed: heard - attributed },
    }),
  };
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
  };
}

/** Numbers statements by fingerprint; the first text of each is its example. */
function createCatalogue() {
  const ids = new Map<string, number>();
  const statements: Statement[] = [];
  return {
    statements: (): readonly Statement[] => [...statements],
    idOf(sql: string): number {
      const description = describeStatement(sql);
      const known = ids.get(description.fingerprint);
      if (known !== undefined) return known;
      const id = statements.length;
      ids.set(description.fingerprint, id);
      statements.push({ id, ...description, example: sql });
      return id;
    },
  };
}
