import net from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { throwIfAborted } from '../../model/failure.ts';
import { loadParser } from './statement.ts';
import { openTapConnection, type TapConnection } from './tap-connection.ts';
import type { WireExecution } from './wire-execution.ts';
import type { Upstream } from './wire-upstream.ts';

export type { WireExecution } from './wire-execution.ts';

/** A PostgreSQL server as seen by the service, which is another one in truth, and every statement heard on the way. */
export interface WireTap {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Called for each execution when its end has passed; never within the forwarding of its bytes. */
  onExecution(listener: (execution: WireExecution) => void): void;
  /**
   * Resolves when no client waits for an answer and, since the call, nothing was heard for `quietMs`; rejects with
   * the failure `interrupted` when `signal` is aborted.
   */
  idle(quietMs: number, signal?: AbortSignal): Promise<void>;
  readonly stats: WireTapStats;
  /** What its connections do at this moment. */
  sessions(): TappedSessions;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Connections that are followed. */
export interface TappedSessions {
  readonly open: number;
  readonly numbers: ReadonlySet<number>;
  /** Of them those with a statement under way, or within a transaction. */
  readonly held: number;
  readonly inTransaction: number;
}

interface WireTapStats {
  /** Connections that logged in or tried to, since the start. */
  readonly connections: number;
  /** Those of them whose bytes could not be followed: they were forwarded, and their statements are missing. */
  readonly unreadable: number;
  /** Those of them that were closed when they had been idle for a second or more. */
  readonly idledOut: number;
}

/** Who closes what was idle for so long had nobody who asked for it; pools wait 10 s, and some of them one. */
const idledOutMs = 1000;

/** How often {@link WireTap.idle} looks whether anything came. */
const pollMs = 5;

/**
 * Listens on a free port of 127.0.0.1 and forwards every connection to `upstream`, byte for byte.
 *
 * What passes is read from a copy, behind the forwarding; whatever cannot be read is still forwarded. It costs a
 * round trip 0.2 to 0.3 ms, so nothing that is measured may run through it. Protocol version 3:
 * https://www.postgresql.org/docs/current/protocol.html
 */
export async function startWireTap({ upstream }: { readonly upstream: Upstream }): Promise<WireTap> {
  await loadParser();
  const listeners: ((execution: WireExecution) => void)[] = [];
  const open = new Set<TapConnection>();
  let connections = 0;
  let unreadable = 0;
  let idledOut = 0;
  let heardAt = performance.now();

  const server = net.createServer({ noDelay: true, pauseOnConnect: true }, (client) => {
    heardAt = performance.now();
    const connection = openTapConnection(client, upstream, {
      login: () => connections++,
      heard: (at) => {
        heardAt = at;
      },
      execution: (execution) => {
        for (const listener of listeners) listener(execution);
      },
      unreadable: () => {
        unreadable += 1;
      },
      closed: (idleMs) => {
        open.delete(connection);
        if (idleMs >= idledOutMs) idledOut += 1;
      },
    });
    open.add(connection);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');

  return {
    host: '127.0.0.1',
    port: address.port,
    onExecution: (listener) => void listeners.push(listener),
    async idle(quietMs, signal) {
      // Counted in looks, not by the clock: while this machine stands still, nobody is quiet.
      for (let quiet = 0, since = heardAt; ; quiet += pollMs) {
        if (signal) throwIfAborted(signal);
        const outstanding = [...open].some((connection) => connection.outstanding());
        if (outstanding || heardAt !== since) quiet = 0;
        if (!outstanding && quiet >= quietMs) return;
        since = heardAt;
        await sleep(pollMs);
        // What came during the sleep is read before the next look.
        await turn();
      }
    },
    get stats() {
      return { connections, unreadable, idledOut };
    },
    sessions() {
      const followed = [...open].filter((connection) => connection.isSession());
      const inTransaction = followed.filter((connection) => connection.inTransaction()).length;
      const held = followed.filter((each) => each.inTransaction() || each.outstanding()).length;
      const numbers = new Set(followed.map((connection) => connection.number()));
      return { open: followed.length, numbers, held, inTransaction };
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const connection of open) connection.destroy();
      }),
  };
}
