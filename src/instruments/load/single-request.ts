import http from 'node:http';
import https from 'node:https';
import { performance } from 'node:perf_hooks';
import { Failure, throwIfAborted } from '../../model/failure.ts';
import type { RequestStep } from '../../model/scenario.ts';
import type { TemplateValues } from '../../model/template.ts';
import { compileRequest, type RenderedRequest, type RequestTarget } from './request.ts';

export interface SingleTarget extends RequestTarget {
  readonly timeoutMs: number;
  /** PEM of certificate authorities to trust in place of the usual ones. */
  readonly ca?: string;
}

/** A response, looked at one by one. */
export interface SingleResponse {
  /** As it was sent: path and query with their values. */
  readonly path: string;
  readonly status: number;
  /** Lower-case names; repeated headers are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** As it came over the wire: still compressed where it was; of a very large one, its first 32 MiB or somewhat more. */
  readonly body: Buffer;
  /** From the first byte sent to the last byte received; includes connecting where there was no open connection. */
  readonly durationMs: number;
  /** Of the whole body. */
  readonly bytes: number;
}

/** What follows is counted but not kept, so that an endless body meets the timeout before it fills the memory. */
const mostKeptBytes = 32 * 2 ** 20;

/** Sends one request at a time over one connection that is kept open. */
export interface SingleClient {
  /**
   * Redirects are not followed.
   *
   * @throws {Failure} `target-unreachable` without a complete response in time, `interrupted` by `signal`
   */
  sendOnce(step: RequestStep, values: TemplateValues, signal: AbortSignal): Promise<SingleResponse>;
  close(): void;
}

export function createSingleClient(target: SingleTarget): SingleClient {
  const { protocol } = new URL(target.url);
  const secure = protocol === 'https:';
  const agentOptions = { keepAlive: true, maxSockets: 1 };
  const agent = secure
    ? new https.Agent(target.ca === undefined ? agentOptions : { ...agentOptions, ca: target.ca })
    : new http.Agent(agentOptions);
  const compiled = new Map<RequestStep, (values: TemplateValues) => RenderedRequest>();

  return {
    async sendOnce(step, values, signal) {
      throwIfAborted(signal);
      const render = compiled.get(step) ?? compileRequest(step, target);
      compiled.set(step, render);
      const request = render(values);
      const first = await exchange(target, agent, request, signal);
      // The server closed the idle connection as the request went out: sent again, once, on a new one.
      const response = first === 'stale' ? await exchange(target, agent, request, signal) : first;
      if (response === 'stale') throw unreachable(target, 'the connection was closed before a response came');
      return response;
    },
    close: () => agent.destroy(),
  };
}

function unreachable({ url }: SingleTarget, reason: string): Failure {
  return new Failure('target-unreachable', { url: withoutCredentials(url), reason });
}

function withoutCredentials(url: string): string {
  const { origin, pathname } = new URL(url);
  return pathname === '/' ? origin : origin + pathname;
}

function exchange(
  target: SingleTarget,
  agent: http.Agent | https.Agent,
  request: RenderedRequest,
  signal: AbortSignal,
): Promise<SingleResponse | 'stale'> {
  const { protocol, hostname, port } = new URL(target.url);
  const send = protocol === 'https:' ? https.request : http.request;
  return new Promise((resolve, reject) => {
    const outgoing = send({
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port,
      agent,
      method: request.method,
      path: request.path,
      headers: asLatin1(request.headers),
    });
    const timer = setTimeout(() => fail(`no complete response within ${target.timeoutMs / 1000} s`), target.timeoutMs);
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
      if (isStale) settle(() => resolve('stale'));
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
        const status = response.statusCode ?? 0;
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        resolve({ path, status, headers: joined(response.headers), body, durationMs, bytes });
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
