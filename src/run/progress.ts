/** What the run is doing now, for people who wait. */
export interface ProgressEvent {
  readonly pass: 'database' | 'measure' | 'profile' | 'trace' | 'explain' | 'report';
  /** A short clause such as `round 3 of 6`. */
  readonly text: string;
  /** Share of this pass that is done, 0 to 1, where it is known. */
  readonly done?: number;
}

export type OnProgress = (event: ProgressEvent) => void;
