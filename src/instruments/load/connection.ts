import { performance } from 'node:perf_hooks';
import { createTransport, type TransportOptions } from './autocannon-client.ts';
import type { OutgoingRequest, Settlement } from './exchange.ts';

export interface ConnectionOptions extends TransportOptions {
  /** For a connection to be made. */
  readonly timeoutMs: number;
}

/** What happens to a connection. */
export interface ConnectionEvents {
  /** The connection is open and nothing is outstanding on it. */
  onFree(): void;
  /** No connection could be made; another attempt follows after a pause. */
  onRefused(reason: string): void;
}

/** A connection that opens itself again whenever it is closed, with at most one request outstanding. */
export interface Connection {
  isFree(): boolean;
  /** Whether it is open, or is being used. */
  isUp(): boolean;
  /** Since when nothing is outstanding on it, by `performance.now()`. */
  freeSince(): number;
  /** Only while it is free; `settle` is called exactly once, unless the connection is closed before. */
  send(request: OutgoingRequest, settle: (settlement: Settlement) => void): void;
  /** Closes it while it is free, and opens it again. */
  renew(): void;
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
  let freeSince = 0;
  let settleOutstanding: ((settlement: Settlement) => void) | undefined;
  /** An answer that came, while it is not known yet whether the connection can carry another request. */
  let answer: Settlement | undefined;
  let hasAnswered = false;
  let failures = 0;
  let retry: NodeJS.Timeout | undefined;
  /** When what is outstanding is given up, and when the timer looks whether that time has come. */
  let deadline = 0;
  let looksAt = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let lastChance: NodeJS.Immediate | undefined;
  let opensSoon: NodeJS.Immediate | undefined;

  const transport = createTransport(options, {
    onOpen() {
      phase = 'idle';
      openedAt = performance.now();
      freeSince = openedAt;
      events.onFree();
    },
    onResponse(response, readAt) {
      freeSince = readAt;
      hasAnswered = true;
      answer = { kind: 'answered', response, sentAt, endedAt: readAt };
    },
    onReusable() {
      if (!answer) return;
      const settlement = answer;
      const settle = takeOutstanding();
      phase = 'idle';
      events.onFree();
      settle?.(settlement);
    },
    onEnd(reason) {
      const before = phase;
      const endedAt = performance.now();
      const settlement = answer ?? { kind: 'lost', reason, endedAt };
      const settle = takeOutstanding();
      phase = 'down';
      const isWorthwhile = hasAnswered || (before !== 'connecting' && endedAt - openedAt >= worthwhileMs);
      failures = isWorthwhile ? 0 : failures + 1;
      reconnect();
      if (before === 'connecting') events.onRefused(reason);
      settle?.(settlement);
    },
  });

  /** The connection is free for another request before it is told how the last one ended. */
  function takeOutstanding(): typeof settleOutstanding {
    const settle = settleOutstanding;
    settleOutstanding = undefined;
    answer = undefined;
    return settle;
  }

  function connect(): void {
    phase = 'connecting';
    hasAnswered = false;
    const now = performance.now();
    giveUpAt(now + options.timeoutMs, now);
    transport.connect();
  }

  function reconnect(): void {
    // Making a socket takes 12 µs, and at times a tenth of a millisecond: answers that are there are read before.
    if (failures === 0) opensSoon = setImmediate(connect);
    else retry = setTimeout(connect, Math.min(retryDelaysMs.first * 2 ** (failures - 1), retryDelaysMs.highest));
  }

  /** Deadlines mostly follow each other, so that one timer serves many requests. */
  function giveUpAt(at: number, now: number): void {
    deadline = at;
    if (at >= looksAt) return;
    clearTimeout(timer);
    looksAt = at;
    timer = setTimeout(onTimer, at - now);
  }

  function onTimer(): void {
    looksAt = Number.POSITIVE_INFINITY;
    if (phase !== 'busy' && phase !== 'connecting') return;
    const now = performance.now();
    if (now < deadline) giveUpAt(deadline, now);
    // What came while this process was held up is read before it is given up.
    else lastChance = setImmediate(giveUp);
  }

  function giveUp(): void {
    if (phase !== 'busy' && phase !== 'connecting') return;
    const endedAt = performance.now();
    if (endedAt < deadline) {
      giveUpAt(deadline, endedAt);
      return;
    }
    const isConnecting = phase === 'connecting';
    const settle = takeOutstanding();
    transport.hangUp();
    phase = 'down';
    if (isConnecting) failures += 1;
    reconnect();
    if (isConnecting) events.onRefused(`no connection within ${options.timeoutMs} ms`);
    settle?.({ kind: 'timed-out', sentAt, endedAt });
  }

  connect();
  return {
    isFree: () => phase === 'idle',
    isUp: () => phase === 'idle' || phase === 'busy',
    freeSince: () => freeSince,
    send(request, settle) {
      phase = 'busy';
      settleOutstanding = settle;
      sentAt = performance.now();
      giveUpAt(sentAt + request.timeoutMs, sentAt);
      transport.write(request);
    },
    renew() {
      transport.hangUp();
      connect();
    },
    close() {
      phase = 'closed';
      clearTimeout(retry);
      clearTimeout(timer);
      clearImmediate(lastChance);
      clearImmediate(opensSoon);
      return transport.close();
    },
  };
}
