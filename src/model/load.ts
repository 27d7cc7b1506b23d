import type { LoadModel } from './load-spec.ts';

/**
 * A latency histogram in microseconds, as it is stored: parallel arrays of bucket indexes (ascending) and counts.
 *
 * The bucket layout is that of `stats/histogram.ts`; `min` and `max` are exact, a value read from a bucket is
 * within 0.8 % of the recorded one.
 */
export interface StoredHistogram {
  readonly buckets: readonly number[];
  readonly counts: readonly number[];
  readonly count: number;
  readonly minUs: number;
  readonly maxUs: number;
  readonly sumUs: number;
}

/**
 * What became of requests: `due = sent + unsent`, `sent = answered + timedOut + lost`, and `failed` is part of `answered`.
 */
export interface RequestCounts {
  /** Requests whose time to be sent had come. */
  readonly due: number;
  readonly sent: number;
  /** Due, and no connection was free or could be made until the timeout, or too many waited already. */
  readonly unsent: number;
  /** Complete responses, whatever their status. */
  readonly answered: number;
  /** Answered, but not as the scenario expects it (status ≥ 400 where nothing is said). */
  readonly failed: number;
  readonly timedOut: number;
  /** Sent, and the connection was closed before the response was complete. */
  readonly lost: number;
}

/** Why a request was not sent for which there was no connection, though the service takes more of them. */
export const noFreeConnection = 'no connection was free';

/** One endpoint in one round of one variant. */
export interface EndpointRound extends RequestCounts {
  /** Bytes of the answered responses, head and body, as they came over the wire. */
  readonly bytes: number;
  /** From when a request was due until its last byte; requests that timed out, and those that waited for a connection in vain, count with the time waited. */
  readonly responseTime: StoredHistogram;
  /** From when a request was sent; of answered requests, and of those that timed out with the time they waited. */
  readonly serviceTime: StoredHistogram;
  /** Responses by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Failed requests by what was not as expected, such as `status 500` or `no $.token`. */
  readonly failures: Readonly<Record<string, number>>;
  /** Lost and unsent requests by reason, such as `ECONNRESET`. */
  readonly troubles: Readonly<Record<string, number>>;
}

/** One variant in one round, its slices pooled. */
export interface LoadRound {
  /**
   * Time in which load was offered, without warm-up and pauses. Closed model: for each connection until its last
   * answer, their mean.
   */
  readonly durationMs: number;
  readonly endpoints: Readonly<Record<string, EndpointRound>>;
  /** The same requests by the second of offered time in which they were settled; seconds without any are left out. */
  readonly seconds: readonly LoadSecond[];
  /** Open model only. */
  readonly arrivals?: Arrivals;
  /** CPU time of the service (all of its processes), where it can be read. */
  readonly serviceCpuMs?: number;
  /** Resident memory of the service (all of its processes) at the end of the round's load, where it can be read. */
  readonly serviceRssBytes?: number;
}

export interface LoadSecond {
  /** Whole seconds of offered time since the round began. */
  readonly second: number;
  readonly endpoints: Readonly<Record<string, SecondCounts>>;
}

export interface SecondCounts {
  readonly answered: number;
  /** Failed, timed out, lost and unsent. */
  readonly unsuccessful: number;
  readonly responseTime: StoredHistogram;
}

/** Whether the rate was reached. */
export interface Arrivals {
  /** Flows that were to begin, by the schedule. */
  readonly wanted: number;
  /** Of these, how many had sent their first request before the load paused. */
  readonly begun: number;
}

/** How the generator and the machine fared while a measurement was made. */
export interface GeneratorHealth {
  /** Event-loop utilization of the generator, 0 to 1; of the busiest where it has several threads. */
  readonly utilization: number;
  readonly threads: number;
  /** 95th percentile of how late the generator's event loop was, the granularity of its timers subtracted. */
  readonly lagP95Ms: number;
  readonly lagP99Ms: number;
  /** Share of the machine's CPU time taken away by the hypervisor; left out where the system does not tell. */
  readonly stealShare?: number;
}

/** The measure pass of one variant. */
export interface LoadArtifact {
  readonly model: LoadModel;
  readonly rounds: readonly LoadRound[];
  readonly health: GeneratorHealth;
  /** The certificate of the service was not verified. */
  readonly insecure: boolean;
  /**
   * `sliced`: variants took turns in slices of one round. `blocks`: both could not be up at once, so that each had the
   * whole time of a round to itself, one after the other in random order. `alone`: there was one variant.
   */
  readonly design: 'sliced' | 'blocks' | 'alone';
  /** From which every random choice was drawn. */
  readonly seed: number;
  /** The variant that began, round by round; the same for all variants of a run. */
  readonly starters: readonly string[];
}
