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

/** One endpoint in one round of one variant; `sent = answered + timedOut + lost`. */
export interface EndpointRound {
  readonly sent: number;
  /** Complete responses, whatever their status. */
  readonly answered: number;
  /** Answered, but not as the scenario expects it (status ≥ 400 where nothing is said). */
  readonly failed: number;
  readonly timedOut: number;
  /** Sent, and the connection was closed or refused before the response was complete. */
  readonly lost: number;
  /** Bytes of the answered responses, head and body, as they came over the wire. */
  readonly bytes: number;
  /** Service time of answered requests, and of those that timed out with the time they waited. */
  readonly latency: StoredHistogram;
  /** Responses by status. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** One variant in one round, its slices pooled. */
export interface LoadRound {
  /** Time in which load was offered, without warm-up and pauses: for each connection until its last answer, their mean. */
  readonly durationMs: number;
  readonly endpoints: Readonly<Record<string, EndpointRound>>;
  /** CPU time of the service (all of its processes), where it can be read. */
  readonly serviceCpuMs?: number;
}

/** How the generator and the machine fared while a measurement was made. */
export interface GeneratorHealth {
  /** Event-loop utilization of the generator, 0 to 1. */
  readonly utilization: number;
  /** 95th percentile of how late the generator's event loop was, the granularity of its timers subtracted. */
  readonly lagP95Ms: number;
  readonly lagP99Ms: number;
  /** Share of the machine's CPU time taken away by the hypervisor; left out where the system does not tell. */
  readonly stealShare?: number;
}

/** The measure pass of one variant. */
export interface LoadArtifact {
  readonly connections: number;
  readonly rounds: readonly LoadRound[];
  readonly health: GeneratorHealth;
  /** `sliced`: variants took turns in one round. `alone`: there was one variant. */
  readonly design: 'sliced' | 'alone';
}
