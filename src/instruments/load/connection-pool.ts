import { performance } from 'node:perf_hooks';
import { noFreeConnection } from '../../model/load.ts';
import { type Connection, type ConnectionOptions, openConnection } from './connection.ts';
import type { OutgoingRequest, Settlement } from './exchange.ts';

export interface PoolOptions extends ConnectionOptions {
  /** The most connections at a time. */
  readonly connections: number;
  /** How many of them are opened at once; the others when they are needed. */
  readonly opened: number;
  /** How long a connection may be idle and still be used as it is; left out: four seconds. */
  readonly freshMs?: number;
  /** How many requests may wait for a connection; left out: a hundred thousand. */
  readonly mostWaiting?: number;
}

/** Connections to one service, of which each request takes one that is free. */
export interface ConnectionPool {
  /**
   * Sends at once, or as soon as a connection is free; refused where too many wait already. `settle` is called exactly
   * once, and never from within.
   */
  send(request: OutgoingRequest, dueAt: number, settle: (settlement: Settlement) => void): void;
  /** How many requests wait for a connection. */
  backlog(): number;
  /** For good; whatever is outstanding is not settled. */
  close(): Promise<void>;
}

interface Waiting {
  readonly request: OutgoingRequest;
  readonly settle: (settlement: Settlement) => void;
  readonly giveUpAt: number;
}

interface Member {
  readonly connection: Connection;
  /** It stands in the list of idle ones; there it stays when the server closes it, until its turn comes. */
  isListed: boolean;
}

/**
 * A connection that was idle for longer is opened anew before it is used: servers close idle ones, Node after five
 * seconds, and a request that is under way at that moment would be lost.
 */
const freshMs = 4000;
/** A rate that cannot be reached would fill the memory with those who wait. */
const mostWaiting = 100_000;
/** How often it is looked whether a request has waited too long. */
const patrolMs = 50;

export function openPool(options: PoolOptions): ConnectionPool {
  const mostIdleMs = options.freshMs ?? freshMs;
  const capacity = options.mostWaiting ?? mostWaiting;
  const all: Member[] = [];
  /** The one that was used last is used next, so that what is not needed stays idle. */
  const idle: Member[] = [];
  let waiting: Waiting[] = [];
  let head = 0;
  let patrol: NodeJS.Timeout | undefined;
  let closed = false;

  function add(): void {
    const connection = openConnection(options, {
      onFree: () => onFree(member),
      onRefused(reason) {
        take()?.settle({ kind: 'refused', reason, endedAt: performance.now() });
      },
    });
    const member = { connection, isListed: false };
    all.push(member);
  }

  function onFree(member: Member): void {
    const next = take();
    if (next) {
      member.connection.send(next.request, next.settle);
    } else if (!member.isListed) {
      member.isListed = true;
      idle.push(member);
    }
  }

  function take(): Waiting | undefined {
    const next = waiting[head];
    if (!next) return undefined;
    head += 1;
    if (head === waiting.length) {
      waiting = [];
      head = 0;
    } else if (head > 1024 && head * 2 > waiting.length) {
      waiting = waiting.slice(head);
      head = 0;
    }
    return next;
  }

  function free(now: number): Connection | undefined {
    for (let member = idle.pop(); member; member = idle.pop()) {
      const { connection } = member;
      member.isListed = false;
      // Closed by the server, it opens itself again and comes back by itself.
      if (!connection.isFree()) continue;
      if (now - connection.freeSince() <= mostIdleMs) return connection;
      connection.renew();
    }
    return undefined;
  }

  function backlog(): number {
    return waiting.length - head;
  }

  /** Connections that a waiting request will have as soon as they are open. */
  function opening(): number {
    return all.reduce((sum, { connection }) => sum + (connection.isUp() ? 0 : 1), 0);
  }

  function watchPatience(): void {
    patrol ??= setInterval(() => {
      const now = performance.now();
      const before = waiting.slice(head);
      waiting = before.filter(({ giveUpAt }) => giveUpAt > now);
      head = 0;
      if (waiting.length === 0) {
        clearInterval(patrol);
        patrol = undefined;
      }
      // Whoever is told may send the next request.
      for (const { giveUpAt, settle } of before) if (giveUpAt <= now) settle({ kind: 'unsent', endedAt: now });
    }, patrolMs);
  }

  for (let opened = 0; opened < Math.min(options.opened, options.connections); opened++) add();
  return {
    send(request, dueAt, settle) {
      // When it was due is late enough a time for how long a connection was idle, and need not be asked for.
      const connection = free(dueAt);
      if (connection) {
        connection.send(request, settle);
        return;
      }
      if (backlog() >= capacity) {
        queueMicrotask(() => settle({ kind: 'refused', reason: noFreeConnection, endedAt: performance.now() }));
        return;
      }
      waiting.push({ request, settle, giveUpAt: dueAt + request.timeoutMs });
      watchPatience();
      if (!closed && all.length < options.connections && opening() < backlog()) add();
    },
    backlog,
    async close() {
      closed = true;
      clearInterval(patrol);
      await Promise.all(all.map(({ connection }) => connection.close()));
    },
  };
}
