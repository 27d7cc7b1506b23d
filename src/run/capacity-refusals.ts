import { createSingleClient } from '../instruments/load/single-request.ts';
import { walkOnce } from '../instruments/load/walk-once.ts';
import type { RefusalSamples } from '../model/capacity.ts';
import type { DataShare } from '../model/data-feed.ts';
import { wait } from '../target/wait.ts';
import type { LoadedService } from './capacity-step.ts';
import { createRowFeed } from './run-rows.ts';
import { targetOf } from './service-load.ts';

/** One user besides the load, whose answers are looked at. */
export interface RefusalSampler {
  /** Ends it; the same figures each time. */
  stop(): Promise<RefusalSamples>;
}

/**
 * Between two walks, on the mean, so that it adds nothing to the load. Each is another one: an answer comes when the
 * service has just got a place free, and after a multiple of its service time another one is free, always.
 */
const pauseMs = 100;
/** From the service's side it is one user among hundreds; a service that is down is not asked on and on. */
const mostWalks = 100;

/** Walks through the flows until it is stopped, and counts the refusals and which of them carry `retry-after`. */
export function sampleRefusals(
  { scenario, service, variant, start, signal }: LoadedService,
  share: DataShare,
): RefusalSampler {
  const ending = new AbortController();
  const until = AbortSignal.any([signal, ending.signal]);
  const client = createSingleClient(targetOf(scenario, service, variant));
  const feed = createRowFeed(scenario, variant, share);
  const figures = { seen: 0, refused: 0, withRetryAfter: 0, withoutRetryAfter: {} as Record<string, number> };

  function look(status: number, headers: Readonly<Record<string, string>>): void {
    figures.seen += 1;
    if (status !== 429 && status !== 503) return;
    figures.refused += 1;
    if ((headers['retry-after'] ?? '') !== '') figures.withRetryAfter += 1;
    else figures.withoutRetryAfter[status] = (figures.withoutRetryAfter[status] ?? 0) + 1;
  }

  async function walk(): Promise<void> {
    for (let index = 0; index < mostWalks; index++) {
      await wait(pauseMs * (0.5 + Math.random()), until);
      const flow = scenario.flows[index % scenario.flows.length];
      if (!flow) return;
      const begin = { values: { ...feed.next(flow), ...start.values }, cookies: start.cookies };
      if (feed.exhausted() !== undefined) return;
      // A request that gets no answer is no refusal; the load's own figures tell of it.
      await walkOnce(client, flow.steps, begin, until, {
        onExchange: ({ response: { status, headers } }) => look(status, headers),
      });
    }
  }

  // It ends by being interrupted.
  const ended = walk().catch(() => undefined);
  return {
    async stop() {
      ending.abort();
      await ended;
      client.close();
      return figures;
    },
  };
}
