import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Failure, type SourcePosition, throwIfAborted } from '../model/failure.ts';
import type { TargetSpec } from '../model/scenario.ts';
import { wait } from './wait.ts';

const pollMs = 50;

interface ReadinessOptions {
  /** Base url with its concrete port. */
  readonly url: string;
  readonly target: Pick<TargetSpec, 'ready' | 'readyTimeoutMs'>;
  readonly positions: Readonly<Record<string, SourcePosition>>;
  /** What the service printed so far, for the message. */
  readonly output: () => string;
  readonly signal: AbortSignal;
}

/** Polls until `ready` answers below 400; throws `service-never-ready` with the last answer, or `interrupted`. */
export async function waitUntilReady({ url, target, positions, output, signal }: ReadinessOptions): Promise<undefined> {
  // A path in the base url stands before every request's path, and so before this one.
  const place = new URL(url);
  place.pathname = place.pathname.replace(/\/$/, '') + target.ready;
  const deadline = performance.now() + target.readyTimeoutMs;
  for (;;) {
    throwIfAborted(signal);
    const left = deadline - performance.now();
    const answer = await statusOf(place, Math.max(100, Math.min(2000, left)));
    if (typeof answer === 'number' && answer < 400) return undefined;
    if (left <= pollMs) {
      const last = typeof answer === 'number' ? `answers ${answer}` : `gives ${answer}`;
      throw new Failure(
        'service-never-ready',
        { url: place.href, seconds: target.readyTimeoutMs / 1000, last, output: output() },
        { at: positions['target.ready'] ?? positions['target.url'] },
      );
    }
    await wait(pollMs, signal);
  }
}

function statusOf(url: URL, timeoutMs: number): Promise<number | string> {
  return new Promise((resolve) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    // A connection of its own each time: the first requests of a service must not share one with the load.
    const request = send(url, { agent: false, timeout: timeoutMs }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.once('timeout', () => request.destroy(new Error('no answer')));
    request.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    request.end();
  });
}
