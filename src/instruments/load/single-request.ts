import http from 'node:http';
import https from 'node:https';
import { performance } from 'node:perf_hooks';
import type { TLSSocket } from 'node:tls';
import { Failure, throwIfAborted } from '../../model/failure.ts';
import type { RequestStep } from '../../model/flow.ts';
import type { TlsSpec } from '../../model/scenario.ts';
import { tlsOptionsOf } from '../../model/tls-options.ts';
import { type CompiledRequest, compileRequestStep, type StepTarget } from './compiled-step.ts';
import { mostKeptBytes } from './exchange.ts';
import { joinedCookies, type RenderedRequest } from './request.ts';

export interface SingleTarget extends StepTarget {
  /** Unix socket to connect to in place of the url's host and port. */
  readonly socketPath?: string;
  readonly tls?: TlsSpec;
  /** Requests that may be under way at a time; 1 unless given. */
  readonly sockets?: number;
  /** Headers that each request is given as it is sent; its own of the same name win. */
  readonly addedHeaders?: () => Readonly<Record<string, string>>;
}

/** A response, looked at one by one. */
export interface SingleResponse {
  /** As it was sent: path and query with their values. */
  readonly path: string;
  readonly status: number;
  /** Lower-case names; repeated headers are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names and values in turns, in the order and the case of the wire. */
  readonly rawHeaders: readonly string[];
  /** As it came over the wire: still compressed where it was; of a very large one, its first 32 MiB or somewhat more. */
  readonly body: Buffer;
  /** From the first byte sent to the last byte received; includes connecting where there was no open connection. */
  readonly durationMs: number;
  /** Of the whole body. */
  readonly bytes: number;
}

export interface SendOptions {
  /** Left out: that of the target. */
  readonly timeoutMs?: number;
  /** The value of the `cookie` header. */
  readonly cookies?: string | undefined;
}

/** Sends one request at a time, unless `sockets` allows for more, over connections that are kept open. */
export interface SingleClient {
  /** Base url of the service. */
  readonly url: string;
  /** The step as the load generator compiles it; equal steps are compiled once. */
  compile(step: RequestStep): CompiledRequest;
  /**
   * Redirects are not followed.
   *
   * @throws {Failure} `target-unreachable` without a complete response in time, `certificate-refused` where the
   *   service's certificate does not verify, `interrupted` by `signal`
   */
  send(request: RenderedRequest, signal: AbortSignal, options?: SendOptions): Promise<SingleResponse>;
  close(): void;
}

export function createSingleClient(target: SingleTarget): SingleClient {
  const agent = agentFor(target);
  const compiled = new Map<RequestStep, CompiledRequest>();

  return {
    url: target.url,
    compile(step) {
      const known = compiled.get(step) ?? compileRequestStep(step, target);
      compiled.set(step, known);
      return known;
    },
    async send(request, signal, { timeoutMs = target.timeoutMs, cookies } = {}) {
      throwIfAborted(signal);
      const cookie = cookies === undefined ? undefined : joinedCookies(request.headers, cookies);
      const headers = { ...target.addedHeaders?.(), ...request.headers, ...(cookie !== undefined && { cookie }) };
      const outgoing: Outgoing = { ...request, headers, timeoutMs, signal };
      const first = await exchange(target, agent, outgoing);
      // The server closed the idle connection as the request went out: sent again, once, on a new one.
      const response = first === 'stale' ? await exchange(target, agent, outgoing) : first;
      if (response === 'stale') throw unreachable(target, 'the connection was closed before a response came');
      return response;
    },
    close: () => agent.destroy(),
  };
}

interface Outgoing extends RenderedRequest {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

function agentFor({ url, tls, sockets = 1 }: SingleTarget): http.Agent | https.Agent {
  const options = { keepAlive: true, maxSockets: sockets };
  const { protocol } = new URL(url);
  if (protocol !== 'https:') return new http.Agent(options);
  const { servername = '', ...certificates } = tlsOptionsOf(tls, hostOf(url));
  return new https.Agent({
    ...options,
    ...certificates,
    // Else it would be taken from the `host` header, which a step may set to anything.
    servername,
    rejectUnauthorized: !tls?.insecure,
  });
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '');
}

function unreachable({ url }: SingleTarget, reason: string): Failure {
  return new Failure('target-unreachable', { url: withoutCredentials(url), reason });
}

/** The reason is that of the TLS library, such as `self-signed certificate`, without its code. */
function certificateRefused({ url }: SingleTarget, { message }: Error): Failure {
  return new Failure('certificate-refused', { url: withoutCredentials(url), reason: message });
}

function withoutCredentials(url: string): string {
  const { origin, pathname } = new URL(url);
  return pathname === '/' ? origin : origin + pathname;
}

function exchange(
  target: SingleTarget,
  agent: http.Agent | https.Agent,
  request: Outgoing,
): Promise<SingleResponse | 'stale'> {
  const { protocol, port } = new URL(target.url);
  const { signal, timeoutMs } = request;
  const send = protocol === 'https:' ? https.request : http.request;
  return new Promise((resolve, reject) => {
    const outgoing = send({
      hostname: hostOf(target.url),
      port,
      ...(target.socketPath !== undefined && { socketPath: target.socketPath }),
      agent,
      method: request.method,
      path: request.path,
      headers: asLatin1(request.headers),
    });
    const timer = setTimeout(() => fail(`no complete response within ${timeoutMs / 1000} s`), timeoutMs);
    const onAbort = () => settle(() => reject(new Failure('interrupted', {})));
    signal.addEventListener('abort', onAbort, { once: true });

    function settle(how: () => void): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      how();
      outgoing.destroy();
    }
    function fail(reason: string): void {
      settle(() => reject(unreachable(target, reason)));
    }

    let answered = false;
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = outgoing.reusedSocket && !answered && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      const isRefused = !target.tls?.insecure && (outgoing.socket as TLSSocket | undefined)?.authorizationError;
      if (isStale) settle(() => resolve('stale'));
      else if (isRefused) settle(() => reject(certificateRefused(target, error)));
      else fail(error.code ?? error.message);
    });
    const startedAt = performance.now();
    outgoing.on('response', (response) => {
      answered = true;
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        if (bytes < mostKeptBytes) chunks.push(chunk);
        bytes += chunk.length;
      });
      response.on('error', () => fail('the connection was closed before the response was complete'));
      response.on('end', () => {
        const durationMs = performance.now() - startedAt;
        const body = Buffer.concat(chunks);
        const { path } = request;
        const { statusCode: status = 0, rawHeaders } = response;
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        resolve({ path, status, headers: joined(response.headers), rawHeaders, body, durationMs, bytes });
      });
    });
    outgoing.end(request.body);
  });
}

/** `node:http` writes headers as Latin-1: so written, the bytes are those of UTF-8. */
function asLatin1(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Buffer.from(value).toString('latin1')]),
  );
}

function joined(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}
