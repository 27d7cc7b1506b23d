import { Failure } from '../../model/failure.ts';
import type { RequestStep, Step } from '../../model/flow.ts';
import type { TemplateValues } from '../../model/template.ts';
import type { CompiledRequest } from './compiled-step.ts';
import { type CookieJar, createCookieJar } from './cookie-jar.ts';
import { mostKeptBytes } from './exchange.ts';
import type { WalkStart } from './itinerary.ts';
import { redirectOf } from './redirect.ts';
import type { RenderedRequest } from './request.ts';
import type { CheckedExpectation, FoundCapture, JudgedResponse } from './response-rule.ts';
import type { SingleClient, SingleResponse } from './single-request.ts';

/** A request and its response, with all that the scenario wants of it. */
export interface Exchange {
  readonly step: RequestStep;
  /** As it was sent: path and query with their values. */
  readonly path: string;
  /** Where redirects were followed, the last one, with the time that all of them took. */
  readonly response: SingleResponse;
  /** Path and query of each redirect that was followed, in order. */
  readonly redirects: readonly string[];
  /** The first thing that is not as expected; left out where all is. */
  readonly failure?: string;
  /** One by one, whether or not another is not met; none where a redirect could not be followed. */
  readonly expectations: readonly CheckedExpectation[];
  /** One by one, in order, without a value where nothing was found. */
  readonly captures: readonly FoundCapture[];
  /** What the steps that follow see; empty where the request failed. */
  readonly captured: TemplateValues;
}

/** A request that was sent, and got no complete response in time. */
export interface UnansweredRequest {
  readonly step: RequestStep;
  /** As it was sent: path and query with their values. */
  readonly path: string;
  /** `target-unreachable`, with the reason. */
  readonly failure: Failure<'target-unreachable'>;
}

export interface WalkHooks {
  /**
   * Stands around the sending of each request, redirects included, and must call `send`, and reject as it does. Where
   * it calls it several times, the last answer to come counts.
   *
   * `path` is that of the request: path and query with their values.
   */
  around?(step: RequestStep, path: string, send: () => Promise<SingleResponse>): Promise<void>;
  /** Each exchange as it ends, for whoever wants those before a failure. */
  onExchange?(exchange: Exchange): void;
  /** Each request without an answer, in turn with the exchanges. */
  onUnanswered?(request: UnansweredRequest): void;
}

export interface WalkResult {
  readonly exchanges: readonly Exchange[];
  /** Whether every request was sent; else the last one failed, and later ones may want what it was to give. */
  readonly isComplete: boolean;
  /** Values and cookies as they are now, to begin other walks with. */
  readonly end: WalkStart;
}

/**
 * Sends the requests of a flow one after the other, without thinking, as one virtual user would.
 *
 * It renders, redirects, captures and judges by the same compiled steps as the load generator. `start.values` holds
 * the data of the walk too. A request that failed does not end the walk, unless something was to be captured from it;
 * one without an answer does.
 *
 * @throws {Failure} what `SingleClient.send` throws, but for `target-unreachable`
 */
export async function walkOnce(
  client: SingleClient,
  steps: readonly Step[],
  start: WalkStart,
  signal: AbortSignal,
  hooks: WalkHooks = {},
): Promise<WalkResult> {
  const { around = withNothingAround, onExchange, onUnanswered } = hooks;
  const cookies = createCookieJar(client.url, start.cookies);
  const exchanges: Exchange[] = [];
  let values = start.values;
  let isComplete = true;
  for (const step of steps) {
    if (step.kind !== 'request') continue;
    const compiled = client.compile(step);
    const request = compiled.render(values);
    let followed: Followed | undefined;
    try {
      await around(step, request.path, async () => {
        followed = await sendAndFollow(client, compiled, request, cookies, signal);
        return followed.response;
      });
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      onUnanswered?.({ step, path: request.path, failure: error });
      isComplete = false;
      break;
    }
    if (!followed) throw new Error('the request was not sent');
    const exchange = examined(compiled, request.path, followed);
    exchanges.push(exchange);
    onExchange?.(exchange);
    values = { ...values, ...exchange.captured };
    if (exchange.failure !== undefined && step.captures.length > 0) {
      isComplete = false;
      break;
    }
  }
  return { exchanges, isComplete, end: { values, cookies: cookies.lines() } };
}

function isUnreachable(error: unknown): error is Failure<'target-unreachable'> {
  return error instanceof Failure && error.code === 'target-unreachable';
}

type Followed = Pick<Exchange, 'response' | 'redirects' | 'failure'>;

/** Sends a request and those to which it redirects; the only failure is of a redirect. */
async function sendAndFollow(
  client: SingleClient,
  { step, timeoutMs }: CompiledRequest,
  request: RenderedRequest,
  cookies: CookieJar,
  signal: AbortSignal,
): Promise<Followed> {
  const redirects: string[] = [];
  let durationMs = 0;
  for (let next = request; ; ) {
    const received = await client.send(next, signal, { timeoutMs, cookies: cookies.header(next.path) });
    durationMs += received.durationMs;
    cookies.accept(received.rawHeaders, next.path);
    const redirect = step.redirects > 0 ? redirectOf(next, judged(received), client.url) : undefined;
    const response = { ...received, durationMs };
    if (!redirect) return { response, redirects };
    if (!('path' in redirect)) return { response, redirects, failure: redirect.failure };
    if (redirects.length === step.redirects) {
      return { response, redirects, failure: `more than ${step.redirects} redirects` };
    }
    redirects.push(redirect.path);
    next = redirect;
  }
}

function examined({ step, rule }: CompiledRequest, path: string, followed: Followed): Exchange {
  if (followed.failure !== undefined) {
    return { step, path, ...followed, expectations: [], captures: [], captured: {} };
  }
  const response = judged(followed.response);
  const { failure, captured = {} } = rule.judge(response);
  return { step, path, ...followed, ...(failure !== undefined && { failure }), ...rule.examine(response), captured };
}

async function withNothingAround(
  _step: RequestStep,
  _path: string,
  send: () => Promise<SingleResponse>,
): Promise<void> {
  await send();
}

/** The response as the load generator has it. */
function judged({ status, rawHeaders, body, bytes }: SingleResponse): JudgedResponse {
  const isKept = body.length === bytes && bytes <= mostKeptBytes;
  return { status, headers: rawHeaders, bodyBytes: bytes, ...(isKept && { body }) };
}
