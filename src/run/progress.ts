/** What the run is doing now, for people who wait. */
export interface ProgressEvent {
  readonly pass: 'checkout' | 'database' | 'measure' | 'profile' | 'trace' | 'explain' | 'report';
  /** A short clause such as `round 3 of 6`. */
  readonly text: string;
  readonly live?: LiveLoad;
}

/** How the load goes at the moment, of one variant in one round. */
export interface LiveLoad {
  /** Answers per second of offered time. */
  readonly perS: number;
  /** Requests that failed, timed out, were lost or could not be sent. */
  readonly unsuccessful: number;
  /** Response times; left out while nothing was answered. */
  readonly p50Ms?: number;
  readonly p95Ms?: number;
}

export type OnProgress = (event: ProgressEvent) => void;
