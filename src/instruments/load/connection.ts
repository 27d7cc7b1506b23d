import { performance } from 'node:perf_hooks';
import type { HttpMethod } from '../../model/scenario.ts';
import { createTransport, type TransportOptions } from './autocannon-client.ts';

export interface ConnectionOptions extends TransportOptions {
  /** For an answer, and for a connection to be made. */
  readonly timeoutMs: number;
}

/** A complete response. */
export interface Answer {
  readonly status: number;
  /** Head and body, as they came over the wire. */
  readonly bytes: number;
  /** From just before the request was written until its last byte was here; connecting is not included. */
  readonly durationUs: number;
}

/** What happens to a connection; a request that was sent gets exactly one of answered, timed out and lost. */
export interface ConnectionEvents {
  /** The connection is open and nothing is outstanding on it. */
  onFree(): void;
  onAnswered(answer: Answer): void;
  onTimedOut(waitedUs: number): void;
  /** The connection was closed, or what came was not HTTP, before the answer was complete. */
  onLost(reason: string): void;
  /** No connection could be made; another attempt follows after a pause. */
  onRefused(reason: string): void;
}

/** A connection that opens itself again whenever it is closed, with at most one request outstanding. */
export interface Connection {
  isFree(): boolean;
  /** Only while it is free. */
  send(request: Buffer, method: HttpMethod): void;
  /** For good: no event follows, whatever was outstanding. */
  close(): Promise<void>;
}

/** Attempts that fail are 10 ms apart at first, then twice as much each time, up to a second. */
const retryDelaysMs = { first: 10, highest: 1000 };

/** A connection that held so long was worth having, though it answered nothing: it is opened again at once. */
const worthwhileMs = 1000;

export function openConnection(options: ConnectionOptions, events: ConnectionEvents): Connection {
  let phase: 'down' | 'connecting' | 'idle' | 'busy' | 'closed' = 'down';
  let openedAt = 0;
  let sentAt = 0;
  let hasAnswered = false;
  let failures = 0;
  let retry: NodeJS.Timeout | undefined;
  const timer = setTimeout(onTimer, options.timeoutMs);

  const transport = createTransport(options, {
    onOpen() {
      phase = 'idle';
      openedAt = performance.now();
      events.onFree();
    },
    onResponse(status, bytes) {
      const durationUs = (performance.now() - sentAt) * 1000;
      phase = 'idle';
      hasAnswered = true;
      events.onAnswered({ status, bytes, durationUs });
    },
    onReusable: () => events.onFree(),
    onEnd(reason) {
      const before = phase;
      phase = 'down';
      const isWorthwhile = hasAnswered || (before !== 'connecting' && performance.now() - openedAt >= worthwhileMs);
      failures = isWorthwhile ? 0 : failures + 1;
      if (before === 'busy') events.onLost(reason);
      else if (before === 'connecting') events.onRefused(reason);
      reconnect();
    },
  });

  function connect(): void {
    phase = 'connecting';
    hasAnswered = false;
    timer.refresh();
    transport.connect();
  }

  function reconnect(): void {
    if (phase === 'closed') return;
    if (failures === 0) connect();
    else retry = setTimeout(connect, Math.min(retryDelaysMs.first * 2 ** (failures - 1), retryDelaysMs.highest));
  }

  function onTimer(): void {
    if (phase !== 'busy' && phase !== 'connecting') return;
    const before = phase;
    transport.hangUp();
    phase = 'down';
    if (before === 'busy') {
      events.onTimedOut(Math.max(performance.now() - sentAt, options.timeoutMs) * 1000);
    } else {
      failures += 1;
      events.onRefused(`no connection within ${options.timeoutMs} ms`);
    }
    reconnect();
  }

  connect();
  return {
    isFree: () => phase === 'idle',
    send(request, method) {
      phase = 'busy';
      timer.refresh();
      sentAt = performance.now();
      transport.write(request, method);
    },
    close() {
      phase = 'closed';
      clearTimeout(retry);
      clearTimeout(timer);
      return transport.close();
    },
  };
}
