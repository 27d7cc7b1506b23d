import { performance } from 'node:perf_hooks';
import { afterReads } from './after-reads.ts';
import type { CompiledRequest } from './compiled-step.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { OutgoingRequest, Settlement } from './exchange.ts';
import type { Walk } from './itinerary.ts';
import { redirectOf } from './redirect.ts';
import type { RenderedRequest } from './request.ts';
import type { Tally } from './tally.ts';
import { dueAfterTimer } from './timer-due.ts';

/** Leads one virtual user after the other through their walks. */
export interface Walker {
  /** Only while no walk is under way; goes on where it was paused, and the first request is due at `dueAt`. */
  begin(walk: Walk, dueAt: number): void;
  /** Sends nothing more; what is left of a think time is waited out after `resume`. */
  pause(): void;
  resume(): void;
  /** Whether a request is due whose end is not known yet. */
  isWaiting(): boolean;
  /** What is outstanding counts as lost. */
  close(): void;
}

export interface WalkerContext {
  readonly url: string;
  readonly pool: ConnectionPool;
  readonly tally: Tally;
  /** A request is settled and counted. */
  onSettled(settlement: Settlement, request: WalkedRequest): void;
  /** The walk is over, maybe while paused; another one may begin. */
  onEnd(walker: Walker): void;
}

export interface WalkedRequest {
  /** Of the walk. */
  readonly isFirst: boolean;
  /** When it was sent first, where redirects were followed; left out where it never was. */
  readonly sentAt?: number | undefined;
}

export function createWalker({ url, pool, tally, onSettled, onEnd }: WalkerContext): Walker {
  let running = false;
  let walk: Walk | undefined;
  let values: Walk['values'] = {};
  let at = 0;
  let isFirst = true;
  let outstanding: Outstanding | undefined;
  let thinkLeftMs = 0;
  let thinking: { readonly timer: NodeJS.Timeout; readonly endsAt: number } | undefined;

  function proceed(dueAt: number): void {
    if (!walk || outstanding || thinking) return;
    const step = walk.steps[at];
    if (!step && thinkLeftMs <= 0) {
      walk = undefined;
      onEnd(walker);
      return;
    }
    if (!running) return;
    if (!step || thinkLeftMs > 0) {
      think();
      return;
    }
    at += 1;
    if (step.kind === 'think') {
      thinkLeftMs = step.durationMs;
      proceed(dueAt);
      return;
    }
    const rendered = step.render(values);
    outstanding = { compiled: step, rendered, dueAt, hops: 0, serviceMs: 0, bytes: 0 };
    send(step, rendered, dueAt);
  }

  function send(compiled: CompiledRequest, rendered: RenderedRequest, dueAt: number): void {
    const cookies = walk?.cookies.header(rendered.path);
    const { rule, timeoutMs } = compiled;
    const request: OutgoingRequest = {
      method: rendered.method,
      bytes: compiled.serialize(rendered, cookies),
      wantsBody: rule.wantsBody,
      timeoutMs,
    };
    pool.send(request, dueAt, settle);
  }

  function settle(settlement: Settlement): void {
    const request = outstanding;
    if (!request || !walk) return;
    const { compiled, rendered } = request;
    const { step, rule } = compiled;
    if ('sentAt' in settlement) {
      request.sentAt ??= settlement.sentAt;
      request.serviceMs += settlement.endedAt - settlement.sentAt;
    }
    let failure: string | undefined;
    let goesOn = settlement.kind === 'answered';
    if (settlement.kind === 'answered') {
      const { response } = settlement;
      request.bytes += response.bytes;
      walk.cookies.accept(response.headers, rendered.path);
      const redirect = step.redirects > 0 ? redirectOf(rendered, response, url) : undefined;
      if (redirect && 'path' in redirect && request.hops < step.redirects) {
        request.hops += 1;
        request.rendered = redirect;
        send(compiled, redirect, settlement.endedAt);
        return;
      }
      if (redirect) {
        failure = 'path' in redirect ? `more than ${step.redirects} redirects` : redirect.failure;
      } else {
        const judgement = rule.judge(response);
        failure = judgement.failure;
        if (judgement.captured) values = { ...values, ...judgement.captured };
      }
      // Without what was to be captured the steps that follow would ask for something else.
      goesOn = failure === undefined || step.captures.length === 0;
    }
    outstanding = undefined;
    const { dueAt, serviceMs, bytes } = request;
    tally.add({ endpoint: step.endpoint, dueAt, settlement, serviceMs, bytes, failure });
    if (!goesOn) at = walk.steps.length;
    const walked = { isFirst, sentAt: request.sentAt };
    isFirst = false;
    onSettled(settlement, walked);
    afterReads(goOn);
  }

  /** What follows an answer is due when it can be sent, which is after the other answers that came with it. */
  function goOn(): void {
    proceed(performance.now());
  }

  function think(): void {
    const endsAt = performance.now() + thinkLeftMs;
    const timer = setTimeout(() => {
      thinking = undefined;
      thinkLeftMs = 0;
      proceed(dueAfterTimer(endsAt));
    }, thinkLeftMs);
    thinking = { timer, endsAt };
  }

  function pause(): void {
    running = false;
    if (!thinking) return;
    clearTimeout(thinking.timer);
    thinkLeftMs = Math.max(0, thinking.endsAt - performance.now());
    thinking = undefined;
  }

  const walker: Walker = {
    begin(next, dueAt) {
      running = true;
      walk = next;
      values = next.values;
      at = 0;
      isFirst = true;
      proceed(dueAt);
    },
    pause,
    resume() {
      running = true;
      proceed(performance.now());
    },
    isWaiting: () => outstanding !== undefined,
    close() {
      pause();
      settle({ kind: 'lost', reason: 'the load was ended', endedAt: performance.now() });
    },
  };
  return walker;
}

interface Outstanding {
  readonly compiled: CompiledRequest;
  /** The last one sent: the request itself, or the redirect that it came to. */
  rendered: RenderedRequest;
  readonly dueAt: number;
  hops: number;
  sentAt?: number;
  serviceMs: number;
  bytes: number;
}
