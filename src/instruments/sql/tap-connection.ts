import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { ConnectionExecution, WireExecution } from './wire-execution.ts';
import { createWireSession, type WireSession } from './wire-session.ts';
import { readStartup } from './wire-startup.ts';
import { connectUpstream, createSaslFilter, type Upstream } from './wire-upstream.ts';

/** What a connection tells the tap. */
export interface TapEvents {
  /** A startup packet passed; returns the number of the connection. */
  login(): number;
  /** Bytes of a followed connection passed. */
  heard(at: number): void;
  execution(execution: WireExecution): void;
  /** From now on the bytes are forwarded unread. */
  unreadable(): void;
  /** `idleMs`: since bytes passed last, its farewell aside; 0 where it is not followed. */
  closed(idleMs: number): void;
}

/** One client of the tap with its own connection to the server. */
export interface TapConnection {
  /** Whether the client waits for an answer of the server. */
  outstanding(): boolean;
  /** Whether it logged in and is followed; `inTransaction` is that of the server's last word. */
  isSession(): boolean;
  /** That of its login; -1 before. */
  number(): number;
  inTransaction(): boolean;
  destroy(): void;
}

/** Serves a paused client socket until either side ends. */
export function openTapConnection(client: Socket, upstream: Upstream, events: TapEvents): TapConnection {
  let server: Socket | undefined;
  let session: WireSession | undefined;
  let number = -1;
  let first: Buffer = Buffer.alloc(0);
  let spokeAt = performance.now();
  const connecting = new AbortController();

  /** The service comes first: an error in reading costs what would have been heard, not the connection. */
  const follow = (read: (session: WireSession) => readonly ConnectionExecution[]): void => {
    if (!session) return;
    events.heard(performance.now());
    let executions: readonly ConnectionExecution[] = [];
    const { backendPid } = session;
    try {
      executions = read(session);
    } catch {
      session = undefined;
      events.unreadable();
    }
    const on = { connection: number, ...(backendPid !== undefined && { backendPid }) };
    for (const execution of executions) events.execution({ ...execution, ...on });
  };

  const fromClient = (to: Socket, chunk: Buffer): void => {
    if (!to.write(chunk)) client.pause();
    if (!isFarewell(chunk)) spokeAt = performance.now();
    follow((following) => {
      following.fromClient(chunk);
      return [];
    });
  };

  const fromServer = (chunk: Buffer): void => {
    if (!client.write(chunk)) server?.pause();
    spokeAt = performance.now();
    follow((following) => following.fromServer(chunk));
  };

  const destroy = (): void => {
    client.destroy();
    server?.destroy();
  };

  const begin = async (startupLength: number | undefined): Promise<void> => {
    client.off('data', fromFirstBytes).pause();
    if (startupLength !== undefined) {
      number = events.login();
      session = createWireSession(() => performance.now());
    }
    const to = await connectUpstream(upstream, connecting.signal);
    server = to;
    if (client.destroyed) {
      to.destroy();
      return;
    }
    const filter = upstream.tls && session ? createSaslFilter() : undefined;
    to.on('data', (chunk: Buffer) => fromServer(filter ? filter(chunk) : chunk));
    to.on('drain', () => client.resume());
    to.on('end', () => client.end());
    to.on('error', destroy);
    to.on('close', () => client.end());
    client.on('data', (chunk: Buffer) => fromClient(to, chunk));
    client.on('drain', () => to.resume());
    const length = startupLength ?? first.length;
    to.write(first.subarray(0, length));
    if (first.length > length) fromClient(to, first.subarray(length));
    to.resume();
    client.resume();
  };

  const fromFirstBytes = (chunk: Buffer): void => {
    first = first.length === 0 ? chunk : Buffer.concat([first, chunk]);
    let startup = readStartup(first);
    while (startup.kind === 'encryption') {
      // Encryption would end at the tap anyway; the way to the server has its own.
      client.write('N');
      first = first.subarray(startup.length);
      startup = readStartup(first);
    }
    if (startup.kind === 'incomplete') return;
    begin(startup.kind === 'session' ? startup.length : undefined).catch(destroy);
  };

  client.on('data', fromFirstBytes);
  client.on('error', destroy);
  client.on('end', () => server?.end());
  client.on('close', () => {
    const idleMs = session ? performance.now() - spokeAt : 0;
    session = undefined;
    // What the client said last is still delivered; a server that is not there yet has nothing to be told.
    if (server) server.destroySoon();
    else connecting.abort();
    events.closed(idleMs);
  });
  client.resume();

  return {
    outstanding: () => session?.outstanding() ?? false,
    isSession: () => session !== undefined,
    number: () => number,
    inTransaction: () => session?.inTransaction() ?? false,
    destroy,
  };
}

/** The message Terminate, by which clients take their leave. */
function isFarewell(chunk: Buffer): boolean {
  return chunk.length === 5 && chunk[0] === 0x58;
}
