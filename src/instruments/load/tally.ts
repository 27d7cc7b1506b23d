import type { EndpointRound, LoadRound } from '../../model/load.ts';
import { createHistogram } from '../../stats/histogram.ts';
import type { Answer } from './connection.ts';
import type { DueRequest } from './itinerary.ts';

/** Counts what became of each request; a request is counted once, when that is known, so that the sums always hold. */
export interface Tally {
  answered(request: DueRequest, answer: Answer): void;
  timedOut(request: DueRequest, waitedUs: number): void;
  lost(request: DueRequest): void;
  /** Everything since the last call; begins anew. Every endpoint is there, even if nothing was sent to it. */
  take(durationMs: number): LoadRound;
}

export function createTally(endpoints: readonly string[]): Tally {
  let counters = fresh();

  function fresh(): ReadonlyMap<string, EndpointTally> {
    return new Map(endpoints.map((endpoint) => [endpoint, createEndpointTally()]));
  }

  function of({ endpoint }: DueRequest): EndpointTally {
    const counter = counters.get(endpoint);
    if (!counter) throw new Error(`the endpoint ${endpoint} is not in the plan`);
    return counter;
  }

  return {
    answered: (request, answer) => of(request).answered(answer, isFailure(request, answer.status)),
    timedOut: (request, waitedUs) => of(request).timedOut(waitedUs),
    lost: (request) => of(request).lost(),
    take(durationMs) {
      const taken = [...counters].map(([endpoint, counter]) => [endpoint, counter.round()] as const);
      counters = fresh();
      return { durationMs, endpoints: Object.fromEntries(taken) };
    },
  };
}

function isFailure({ expectedStatus }: DueRequest, status: number): boolean {
  return expectedStatus === undefined ? status >= 400 : status !== expectedStatus;
}

type EndpointTally = ReturnType<typeof createEndpointTally>;

function createEndpointTally() {
  const latency = createHistogram();
  const statuses: Record<string, number> = {};
  let answered = 0;
  let failed = 0;
  let timedOut = 0;
  let lost = 0;
  let bytes = 0;
  return {
    answered(answer: Answer, isFailed: boolean): void {
      answered += 1;
      if (isFailed) failed += 1;
      bytes += answer.bytes;
      latency.record(answer.durationUs);
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    },
    timedOut(waitedUs: number): void {
      timedOut += 1;
      latency.record(waitedUs);
    },
    lost(): void {
      lost += 1;
    },
    round(): EndpointRound {
      const sent = answered + timedOut + lost;
      return { sent, answered, failed, timedOut, lost, bytes, latency: latency.store(), statuses };
    },
  };
}
