import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { type ConnectionOptions, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { TlsSpec } from '../../model/scenario.ts';
import { tlsOptionsOf } from '../../model/tls-options.ts';
import type { OutgoingRequest, ReceivedResponse } from './exchange.ts';
import { createResponseReader, type ResponseParser } from './response-reader.ts';

export interface TransportOptions {
  /** Scheme, host and port are taken from it. */
  readonly url: string;
  /** Unix socket to connect to in place of host and port. */
  readonly socketPath?: string;
  readonly tls?: TlsSpec;
}

export interface TransportEvents {
  /** Connected; over TLS, with a certificate that was verified. */
  onOpen(): void;
  /** The response is complete; its last byte was there at `readAt`, by `performance.now()`. */
  onResponse(response: ReceivedResponse, readAt: number): void;
  /** After `onResponse`: the connection can carry another request. */
  onReusable(): void;
  /** The connection is gone, and so is the request that was outstanding; once for each `connect`. */
  onEnd(reason: string): void;
}

/** One HTTP/1.1 connection at a time, with at most one request outstanding. */
export interface Transport {
  connect(): void;
  write(request: Pick<OutgoingRequest, 'bytes' | 'method' | 'wantsBody'>): void;
  /** Ends the connection without `onEnd`. */
  hangUp(): void;
  /** For good; resolves when the socket is closed. */
  close(): Promise<void>;
}

/**
 * autocannon's client as a transport; what is known of its insides is in this file and in `response-reader.ts`.
 *
 * Its socket and its parser of responses are taken over, its queue of requests is not: that keeps the entry of a
 * request whose connection was closed, and pairs each later response with the one before. Two overrides make it exact:
 * `_doRequest` does nothing, for it asks for the next request while the chunk that ended the last one is still being
 * read; `_connect` only tells that the connection is gone. Whoever goes on has a fresh parser, so that no response is
 * paired with a request to which it does not belong.
 */
export function createTransport(options: TransportOptions, events: TransportEvents): Transport {
  const { tls } = options;
  const { protocol, hostname, port } = new URL(options.url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const isSecure = protocol === 'https:';
  let isUp = false;
  let lastError: string | undefined;
  /** Taken before a chunk is parsed: that is our time, not the service's. */
  let readAt = 0;

  const client = new AutocannonClient({
    protocol,
    hostname: host,
    port: Number(port) || (isSecure ? 443 : 80),
    ...(options.socketPath !== undefined && { socketPath: options.socketPath }),
    setupClient(fresh) {
      fresh._doRequest = () => undefined;
      fresh._connect = onSocketGone;
    },
  });
  if (isSecure) {
    // It would clone them: a context cannot be. The host is what is verified where there is no name.
    const { servername } = tlsOptionsOf(tls, host);
    const secureContext = secureContextOf(tls);
    client.opts.tlsOptions = { secureContext, host, ...(servername !== undefined && { servername }) };
    if (servername !== undefined) client.opts.servername = servername;
  }
  // It would go off, and drop the connection, while there is nothing to wait for.
  client.timeoutTicker.clear();
  client.on('connError', (error: NodeJS.ErrnoException) => {
    lastError = error.code ?? error.message;
  });
  const reader = createResponseReader(client.parser, (response) => events.onResponse(response, readAt));
  client.parser.execute = (chunk) => {
    if (!isUp) return chunk.length;
    readAt = performance.now();
    const reason = reader.read(chunk);
    if (reason !== undefined) end(reason);
    else if (!reader.isExpecting()) events.onReusable();
    return chunk.length;
  };

  function onSocketGone(): void {
    if (!isUp) return;
    readAt = performance.now();
    if (client.conn.readableEnded) reader.finish();
    end(lastError ?? 'the connection was closed');
  }

  function end(reason: string): void {
    hangUp();
    events.onEnd(reason);
  }

  function hangUp(): void {
    if (!isUp) return;
    isUp = false;
    client._destroyConnection();
    // What it has read already is not the next connection's.
    client.conn.removeAllListeners('data');
    reader.reset();
  }

  return {
    connect() {
      isUp = true;
      lastError = undefined;
      AutocannonClient.prototype._connect.call(client);
      const { conn } = client;
      conn.setNoDelay(true);
      conn.once(isSecure ? 'secureConnect' : 'connect', () => {
        if (client.conn !== conn || !isUp) return;
        // autocannon itself accepts any certificate; nothing has been written yet.
        if (isSecure && !conn.authorized && !tls?.insecure) end(String(conn.authorizationError));
        else events.onOpen();
      });
      conn.once('close', () => {
        if (client.conn === conn) onSocketGone();
      });
    },
    write(request) {
      reader.expect(request.method, request.wantsBody);
      client.conn.write(request.bytes);
    },
    hangUp,
    close() {
      isUp = false;
      client.destroy();
      const { conn } = client;
      return new Promise((resolve) => {
        if (conn.closed) resolve();
        else conn.once('close', () => resolve());
      });
    },
  };
}

/** Made once for all connections, as a store of authorities takes its time. */
const secureContexts = new WeakMap<TlsSpec, SecureContext>();

function secureContextOf(tls: TlsSpec | undefined): SecureContext {
  if (tls === undefined) return createSecureContext();
  const context = secureContexts.get(tls) ?? createSecureContext(tlsOptionsOf(tls, ''));
  secureContexts.set(tls, context);
  return context;
}

// The insides of autocannon 9.0.0, which has no types.
// https://github.com/mcollina/autocannon/blob/v9.0.0/lib/httpClient.js

interface Client extends EventEmitter {
  readonly opts: { tlsOptions: ConnectionOptions; servername?: string };
  /** A TLSSocket for https only. */
  readonly conn: Socket & Pick<TLSSocket, 'authorized' | 'authorizationError'>;
  readonly parser: ResponseParser;
  readonly timeoutTicker: { clear(): void };
  /** Opens a socket. Called by the constructor, and at every end and error of the socket. */
  _connect(): void;
  /** Called when the connection may send its next request. */
  _doRequest(): void;
  /** Destroys the socket and detaches from its end and its errors. */
  _destroyConnection(): void;
  destroy(): void;
}

interface ClientOptions {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number;
  readonly socketPath?: string;
  /** Called by the constructor before it connects. */
  setupClient(client: Client): void;
}

const require = createRequire(import.meta.url);
const AutocannonClient: {
  new (options: ClientOptions): Client;
  readonly prototype: Client;
} = require('autocannon/lib/httpClient.js');
