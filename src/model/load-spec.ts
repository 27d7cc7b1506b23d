/** How hard and how long the service is loaded. */
export interface LoadSpec {
  readonly model: LoadModel;
  /** Load before each round that is not counted; 0 where phases of the open model say so themselves. */
  readonly warmupMs: number;
  /** Equal where the number is fixed; else a comparison ends between them, once it is precise enough. */
  readonly rounds: { readonly least: number; readonly most: number };
  /** Left out: `sliced` wherever two variants can be up at once. */
  readonly design?: 'sliced' | 'blocks';
  /** Length of one slice of one variant; a round gives each variant eight of them in ABBA order, or as many as its phases need. */
  readonly sliceMs: number;
  readonly timeoutMs: number;
  /** Seeds the order of variants, the arrivals, and the random choice of data and flows. */
  readonly seed: number;
  /** Requests per endpoint in the trace pass. */
  readonly traceRequests: number;
}

export type LoadModel = ClosedModel | OpenModel;

/** Each connection is a user who begins the next request when the last one was answered, and thought over. */
export interface ClosedModel {
  readonly kind: 'closed';
  readonly connections: number;
}

/** Users arrive by the clock, however slow the service is; each walks through one flow. */
export interface OpenModel {
  readonly kind: 'open';
  /** In order, those that warm up first; the last may be without an end. */
  readonly phases: readonly ArrivalPhase[];
  /** `even`: equal distances. `poisson`: exponential distances, drawn from the seed, as independent users have them. */
  readonly arrivals: 'even' | 'poisson';
  /** The most at a time; a request that is due while all of them are busy waits, and the wait counts. */
  readonly connections: number;
}

/** The rate goes evenly from `fromPerS` to `toPerS`, in flows begun per second. */
export interface ArrivalPhase {
  readonly name?: string;
  /** Left out: as long as the load lasts. */
  readonly durationMs?: number;
  readonly fromPerS: number;
  readonly toPerS: number;
  /** Nothing in it enters any statistics. */
  readonly warmup: boolean;
}
