import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { HttpMethod } from '../../model/scenario.ts';

export interface TransportOptions {
  /** Scheme, host and port are taken from it. */
  readonly url: string;
  /** PEM of certificate authorities to trust in place of the usual ones. */
  readonly ca?: string;
}

export interface TransportEvents {
  /** Connected; over TLS, with a certificate that was verified. */
  onOpen(): void;
  /** The response is complete; `bytes` are those of head and body as they came over the wire. */
  onResponse(status: number, bytes: number): void;
  /** After `onResponse`: the connection can carry another request. */
  onReusable(): void;
  /** The connection is gone, and so is the request that was outstanding; once for each `connect`. */
  onEnd(reason: string): void;
}

/** One HTTP/1.1 connection at a time, with at most one request outstanding. */
export interface Transport {
  connect(): void;
  write(request: Buffer, method: HttpMethod): void;
  /** Ends the connection without `onEnd`. */
  hangUp(): void;
  /** For good; resolves when the socket is closed. */
  close(): Promise<void>;
}

/**
 * autocannon's client as a transport; everything that is known of its insides is in this file.
 *
 * Its socket, response parser and queue of requests are taken over. Two overrides make it exact: `_doRequest`
 * does nothing, for it asks for the next request while the chunk that ended the last one is still being read;
 * `_connect` only tells that the connection is gone. Whoever goes on has an empty queue and a fresh parser, so
 * that no response is paired with a request to which it does not belong.
 */
export function createTransport(options: TransportOptions, events: TransportEvents): Transport {
  const { protocol, hostname, port } = new URL(options.url);
  const isSecure = protocol === 'https:';
  let isUp = false;
  let outstanding: HttpMethod | undefined;
  let isInterim = false;
  let isLast = false;
  let lastError: string | undefined;

  const client = new AutocannonClient({
    protocol,
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (isSecure ? 443 : 80),
    tlsOptions: options.ca === undefined ? {} : { ca: options.ca },
    setupClient(fresh) {
      fresh._doRequest = () => undefined;
      fresh._connect = onSocketGone;
    },
  });
  const { parser } = client;
  // It would go off, and drop the connection, while there is nothing to wait for.
  client.timeoutTicker.clear();
  client.on('connError', (error: NodeJS.ErrnoException) => {
    lastError = error.code ?? error.message;
  });
  client.on('response', (status: number, bytes: number) => {
    outstanding = undefined;
    events.onResponse(status, bytes);
  });

  const onHead = parser[onHeadersComplete];
  parser[onHeadersComplete] = (head) => {
    const { statusCode } = head;
    // 100 Continue and its like come before the response; 101 is the last that is HTTP on its connection.
    isInterim = statusCode < 200 && statusCode !== 101;
    if (isInterim) return true;
    onHead(head);
    isLast = !outstanding || statusCode === 101 || endsConnection(head, parser.connection);
    // These have no body, whatever length they tell (RFC 9112, 6.3).
    return outstanding === 'HEAD' || statusCode === 101 || statusCode === 204 || statusCode === 304;
  };
  parser[onBody] = (_chunk, _start, length) => {
    // The parser takes negative lengths and would read the same bytes for ever.
    if (!(length >= 0)) throw invalidLength;
  };
  const onComplete = parser[onMessageComplete];
  parser[onMessageComplete] = () => {
    if (!isInterim && outstanding) onComplete();
  };
  const execute = parser.execute;
  parser.execute = (chunk) => {
    if (!isUp) return chunk.length;
    const reason = read(chunk);
    if (reason !== undefined) end(reason);
    else if (!outstanding) events.onReusable();
    return chunk.length;
  };

  /** Gives the reason why the connection cannot be used any longer, if there is one. */
  function read(chunk: Buffer): string | undefined {
    if (!outstanding) return 'the server sent what was not asked for';
    const problem = parsing(() => execute.call(parser, chunk));
    if (problem instanceof Error) return `the response is not HTTP: ${problem.message}`;
    if (outstanding) return undefined;
    const hasMore = parser.state !== 'RESPONSE_LINE' || parser.line !== '';
    return isLast || hasMore ? 'the server ends the connection' : undefined;
  }

  function onSocketGone(): void {
    if (!isUp) return;
    // Without a length, the end of the connection is the end of the body.
    if (outstanding && client.conn.readableEnded && parser.state === 'BODY_RAW') parser.finish();
    end(lastError ?? 'the connection was closed');
  }

  function end(reason: string): void {
    hangUp();
    events.onEnd(reason);
  }

  function hangUp(): void {
    if (!isUp) return;
    isUp = false;
    outstanding = undefined;
    client._destroyConnection();
    parser.reinitialize('RESPONSE');
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
        if (isSecure && !conn.authorized) end(String(conn.authorizationError));
        else events.onOpen();
      });
      conn.once('close', () => {
        if (client.conn === conn) onSocketGone();
      });
    },
    write(request, method) {
      outstanding = method;
      client.pipelinedRequests.insertRequest(client.requestIterator.currentRequest);
      client.conn.write(request);
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

/** By the version and the `connection` headers (RFC 9112, 9.3). */
function endsConnection({ versionMajor, versionMinor }: ResponseHead, connection: string): boolean {
  const persists = versionMajor > 1 || (versionMajor === 1 && versionMinor >= 1);
  return persists ? connection.includes('close') : !connection.includes('keep-alive');
}

const invalidLength = new Error('a length is negative or no number');

/** The parser returns its own errors, and throws those of the hooks. */
function parsing(execute: () => number | Error): number | Error {
  try {
    return execute();
  } catch (error) {
    if (error === invalidLength) return invalidLength;
    throw error;
  }
}

// The insides of autocannon 9.0.0 and of its http-parser-js, neither of which has types.
// https://github.com/mcollina/autocannon/blob/v9.0.0/lib/httpClient.js
// https://github.com/creationix/http-parser-js/blob/v0.5.10/http-parser.js

/** Numbers under which http-parser-js keeps its hooks. */
const onHeadersComplete = 2;
const onBody = 3;
const onMessageComplete = 4;

interface ResponseHead {
  readonly statusCode: number;
  readonly versionMajor: number;
  readonly versionMinor: number;
}

interface ResponseParser {
  /** `RESPONSE_LINE` between two responses, `BODY_RAW` within a body that ends with the connection. */
  readonly state: string;
  /** The beginning of a line whose end has not come yet. */
  readonly line: string;
  /** All `connection` headers, in lower case. */
  readonly connection: string;
  execute(chunk: Buffer): number | Error;
  /** Tells that the connection has ended. */
  finish(): void;
  reinitialize(type: 'RESPONSE'): void;
  /** Returns whether to skip the body. */
  [onHeadersComplete](head: ResponseHead): boolean;
  [onBody](chunk: Buffer, start: number, length: number): void;
  [onMessageComplete](): void;
}

interface Client extends EventEmitter {
  /** A TLSSocket for https only. */
  readonly conn: Socket & Pick<TLSSocket, 'authorized' | 'authorizationError'>;
  readonly parser: ResponseParser;
  readonly pipelinedRequests: { insertRequest(request: unknown): void };
  readonly requestIterator: { readonly currentRequest: unknown };
  readonly timeoutTicker: { clear(): void };
  /** Opens a socket. Called by the constructor, and at every end and error of the socket. */
  _connect(): void;
  /** Called when the connection may send its next request. */
  _doRequest(): void;
  /** Destroys the socket, detaches from it, and empties the queue. */
  _destroyConnection(): void;
  destroy(): void;
}

interface ClientOptions {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number;
  readonly tlsOptions: object;
  /** Called by the constructor before it connects. */
  setupClient(client: Client): void;
}

const require = createRequire(import.meta.url);
const AutocannonClient: {
  new (options: ClientOptions): Client;
  readonly prototype: Client;
} = require('autocannon/lib/httpClient.js');
