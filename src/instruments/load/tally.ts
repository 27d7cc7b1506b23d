import { type EndpointRound, type LoadSecond, noFreeConnection, type SecondCounts } from '../../model/load.ts';
import { createHistogram, mergeStored, quantileOfStored } from '../../stats/histogram.ts';
import type { Settlement } from './exchange.ts';

/** What was counted, as a part of a `LoadRound`. */
export interface Counted {
  readonly endpoints: Readonly<Record<string, EndpointRound>>;
  readonly seconds: readonly LoadSecond[];
}

/** How the load goes, for people who wait. */
export interface LiveFigures {
  readonly answered: number;
  readonly unsuccessful: number;
  /** Response times; left out while nothing was answered. */
  readonly p50Ms?: number;
  readonly p95Ms?: number;
}

/** A request that is over, however it ended. */
export interface SettledRequest {
  readonly endpoint: string;
  /** When it was to be sent, by `performance.now()`. */
  readonly dueAt: number;
  readonly settlement: Settlement;
  /** Sum over the redirects that were followed; else from sent to ended. */
  readonly serviceMs: number;
  /** Of all responses that belong to it. */
  readonly bytes: number;
  /** Answered, but not as expected: what is wrong. */
  readonly failure?: string | undefined;
}

/** Counts what became of each request; a request is counted once, when that is known, so that the sums always hold. */
export interface Tally {
  add(request: SettledRequest): void;
  /** Everything since the last call; begins anew. Every endpoint is there, even if nothing was sent to it. */
  take(): Counted;
  /** Since the last `take`, over all endpoints. */
  live(): LiveFigures;
}

/** `clockMs`: offered time since the last `take`. */
export function createTally(endpoints: readonly string[], clockMs: () => number): Tally {
  let counters = fresh();
  let second = 0;
  let seconds: LoadSecond[] = [];

  function fresh(): ReadonlyMap<string, EndpointTally> {
    return new Map(endpoints.map((endpoint) => [endpoint, createEndpointTally()]));
  }

  function endSecond(): void {
    const own: [string, SecondCounts][] = [];
    for (const [endpoint, counter] of counters) {
      const counts = counter.endSecond();
      if (counts) own.push([endpoint, counts]);
    }
    if (own.length > 0) seconds.push({ second, endpoints: Object.fromEntries(own) });
  }

  return {
    add(request) {
      const counter = counters.get(request.endpoint);
      if (!counter) throw new Error(`the endpoint ${request.endpoint} is not in the plan`);
      const now = Math.floor(clockMs() / 1000);
      if (now !== second) {
        endSecond();
        second = now;
      }
      counter.add(request);
    },
    take() {
      endSecond();
      const taken = [...counters].map(([endpoint, counter]) => [endpoint, counter.round()] as const);
      const counted = { endpoints: Object.fromEntries(taken), seconds };
      counters = fresh();
      second = 0;
      seconds = [];
      return counted;
    },
    live() {
      const rounds = [...counters.values()].map((counter) => counter.round());
      const times = mergeStored(rounds.map(({ responseTime }) => responseTime));
      const p50Us = quantileOfStored(times, 0.5);
      const p95Us = quantileOfStored(times, 0.95);
      return {
        answered: rounds.reduce((sum, { answered }) => sum + answered, 0),
        unsuccessful: rounds.reduce((sum, round) => sum + round.due - round.answered + round.failed, 0),
        ...(p50Us !== undefined && p95Us !== undefined && { p50Ms: p50Us / 1000, p95Ms: p95Us / 1000 }),
      };
    },
  };
}

type EndpointTally = ReturnType<typeof createEndpointTally>;

function createEndpointTally() {
  const responseTime = createHistogram();
  const serviceTime = createHistogram();
  const thisSecond = createHistogram();
  const statuses: Record<string, number> = {};
  const failures: Record<string, number> = {};
  const troubles: Record<string, number> = {};
  let answered = 0;
  let failed = 0;
  let timedOut = 0;
  let lost = 0;
  let unsent = 0;
  let bytes = 0;
  let before = { answered: 0, unsuccessful: 0 };

  function unsuccessful(): number {
    return failed + timedOut + lost + unsent;
  }

  return {
    add({ dueAt, settlement, serviceMs, bytes: own, failure }: SettledRequest): void {
      const { kind, endedAt } = settlement;
      const responseUs = (endedAt - dueAt) * 1000;
      if (kind === 'answered') {
        const { status } = settlement.response;
        answered += 1;
        bytes += own;
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (failure !== undefined) {
          failed += 1;
          failures[failure] = (failures[failure] ?? 0) + 1;
        }
      } else if (kind === 'timed-out') {
        timedOut += 1;
      } else if (kind === 'lost') {
        lost += 1;
        troubles[settlement.reason] = (troubles[settlement.reason] ?? 0) + 1;
      } else {
        unsent += 1;
        const reason = kind === 'refused' ? settlement.reason : noFreeConnection;
        troubles[reason] = (troubles[reason] ?? 0) + 1;
      }
      // How long an answer would have taken that never came is unknown; of one not waited for, at least so long.
      if (kind === 'lost' || kind === 'refused') return;
      responseTime.record(responseUs);
      thisSecond.record(responseUs);
      if (kind !== 'unsent') serviceTime.record(serviceMs * 1000);
    },
    /** `undefined` where nothing was settled in it. */
    endSecond(): SecondCounts | undefined {
      const now = { answered, unsuccessful: unsuccessful() };
      const counts = {
        answered: now.answered - before.answered,
        unsuccessful: now.unsuccessful - before.unsuccessful,
        responseTime: thisSecond.store(),
      };
      before = now;
      if (counts.answered === 0 && counts.unsuccessful === 0) return undefined;
      thisSecond.reset();
      return counts;
    },
    round(): EndpointRound {
      const sent = answered + timedOut + lost;
      return {
        due: sent + unsent,
        sent,
        unsent,
        answered,
        failed,
        timedOut,
        lost,
        bytes,
        responseTime: responseTime.store(),
        serviceTime: serviceTime.store(),
        statuses: { ...statuses },
        failures: { ...failures },
        troubles: { ...troubles },
      };
    },
  };
}
