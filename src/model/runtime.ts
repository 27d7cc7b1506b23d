/** The service process while it was profiled, for each flow. */
export interface RuntimeArtifact {
  readonly flows: readonly RuntimeWindow[];
}

export interface RuntimeWindow {
  readonly flow: string;
  readonly windowMs: number;
  readonly requests: number;
  /** Share of the window in which the event loop was busy, 0 to 1; of the busiest process. */
  readonly eventLoopUtilization: number;
  /** CPU time per wall time of all processes: 1 is one core. */
  readonly cpuCores: number;
  readonly eventLoopDelayP99Ms: number;
  readonly gcMs: number;
  readonly gcCount: number;
  readonly heapUsedBytes: number;
  readonly rssBytes: number;
}
