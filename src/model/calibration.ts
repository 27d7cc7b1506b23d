import type { LatencyMetric } from './gate.ts';
import type { Environment, Validity } from './run.ts';

/** What a variant measured against itself shows of a machine; as `chokepoint calibrate` keeps and prints it. */
export interface Calibration {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: 'chokepoint'; readonly version: string };
  readonly scenario: { readonly name: string; readonly digest: string };
  readonly variant: string;
  /** ISO 8601, UTC. */
  readonly measuredAt: string;
  readonly environment: Environment;
  /** How both sides lay in a round. */
  readonly design: 'sliced' | 'blocks';
  /** Rounds that were measured. */
  readonly rounds: number;
  /** The latency that decides by the scenario's gate, and the change that matters to it. */
  readonly metric: LatencyMetric;
  readonly margin: number;
  readonly floorMs: number;
  readonly spreads: readonly Spread[];
  /** Latencies that could not be compared, with the reason. */
  readonly omitted: readonly { readonly name: string; readonly endpoint: string; readonly reason: string }[];
  /** Of the latencies that decide, the coarsest; empty where none could be compared. */
  readonly margins: readonly CalibratedMargin[];
  /** What the gate would have called a change though nothing had changed. */
  readonly falseAlarms: readonly string[];
  readonly validity: Validity;
}

/** How one latency of one endpoint scatters between rounds of identical code. */
export interface Spread {
  readonly endpoint: string;
  readonly name: LatencyMetric;
  readonly valueMs: number;
  /** Standard deviation over the rounds of ln(second ÷ first). */
  readonly sd: number;
  /** Smallest change that so many rounds tell with 80 % power. */
  readonly resolutions: readonly { readonly rounds: number; readonly change: number }[];
  /** Whether the verdict rests on it. */
  readonly gates: boolean;
}

/** The change that all endpoints can be judged by in so many rounds, rounded up to a figure that one would write. */
export interface CalibratedMargin {
  readonly rounds: number;
  /** Left out: any, since whatever so many rounds cannot tell stays below the floor. */
  readonly margin?: number;
}
