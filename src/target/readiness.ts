import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { Failure, type SourcePosition, throwIfAborted } from '../model/failure.ts';
import type { TargetSpec } from '../model/scenario.ts';
import { type TlsOptions, tlsOptionsOf } from '../model/tls-options.ts';
import { wait } from './wait.ts';

const pollMs = 50;

interface ReadinessOptions {
  /** Base url with its concrete port. */
  readonly url: string;
  /** The concrete one. */
  readonly socketPath?: string | undefined;
  readonly target: Pick<TargetSpec, 'ready' | 'readyTimeoutMs' | 'tls'>;
  readonly positions: Readonly<Record<string, SourcePosition>>;
  /** What the service printed so far, for the message. */
  readonly output: () => string;
  readonly signal: AbortSignal;
}

/**
 * Polls until `ready` answers below 400.
 *
 * Throws `service-never-ready` with the last answer, or `interrupted`; at once `certificate-refused` and
 * `own-certificate-refused`, for a certificate does not become another by waiting.
 */
export async function waitUntilReady(options: ReadinessOptions): Promise<undefined> {
  const { url, socketPath, target, positions, output, signal } = options;
  // A path in the base url stands before every request's path, and so before this one.
  const place = new URL(url);
  place.pathname = place.pathname.replace(/\/$/, '') + target.ready;
  const via: Via = { socketPath, ...secureOptionsOf(place, target) };
  const deadline = performance.now() + target.readyTimeoutMs;
  for (;;) {
    throwIfAborted(signal);
    const left = deadline - performance.now();
    const answer = await ask(place, via, Math.max(100, Math.min(2000, left)));
    if ('refused' in answer) {
      const at = positions['target.tls'] ?? positions['target.url'];
      throw new Failure(answer.refused, { url: place.origin, reason: answer.reason }, { at });
    }
    if ('status' in answer && answer.status < 400) return undefined;
    if (left <= pollMs) {
      const last = 'status' in answer ? `answers ${answer.status}` : `gives ${answer.reason}`;
      throw new Failure(
        'service-never-ready',
        { url: shown(place, socketPath), seconds: target.readyTimeoutMs / 1000, last, output: output() },
        { at: positions['target.ready'] ?? positions['target.url'] },
      );
    }
    await wait(pollMs, signal);
  }
}

/** For messages: without credentials, and with the socket that stands for host and port. */
export function shown(place: URL, socketPath: string | undefined): string {
  const { origin, pathname } = place;
  return `${origin}${pathname === '/' ? '' : pathname}${socketPath === undefined ? '' : ` (at ${socketPath})`}`;
}

interface Via extends TlsOptions {
  readonly socketPath: string | undefined;
  readonly rejectUnauthorized?: boolean;
}

function secureOptionsOf({ protocol, hostname }: URL, { tls }: Pick<TargetSpec, 'tls'>): Omit<Via, 'socketPath'> {
  if (protocol !== 'https:') return {};
  const host = hostname.replace(/^\[|\]$/g, '');
  return { servername: '', ...tlsOptionsOf(tls, host), rejectUnauthorized: !tls?.insecure };
}

type Answer =
  | { readonly status: number }
  | { readonly refused: 'certificate-refused' | 'own-certificate-refused'; readonly reason: string }
  | { readonly reason: string };

function ask(url: URL, via: Via, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    // A connection of its own each time: the first requests of a service must not share one with the load.
    const request = send(url, { agent: false, timeout: timeoutMs, ...via }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0 });
    });
    request.once('timeout', () => request.destroy(new Error('no answer')));
    request.once('error', (error: NodeJS.ErrnoException) => {
      const { code = error.message, message } = error;
      const theirs = (request.socket as TLSSocket | null)?.authorizationError;
      if (theirs) resolve({ refused: 'certificate-refused', reason: message });
      else if (refusesOurs.test(code)) resolve({ refused: 'own-certificate-refused', reason: code });
      else resolve({ reason: code });
    });
    request.end();
  });
}

/** Alerts by which a service tells that it wants a certificate, or another one (RFC 8446, 6.2), as OpenSSL names them. */
const refusesOurs = /^ERR_SSL_\w*ALERT_(\w+_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA)$/;
