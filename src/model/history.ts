import type { Metric, Verdict } from './comparison.ts';
import type { Environment } from './run.ts';

/** What is noted of a run, in a file of its own: small enough to be committed. */
export interface HistoryEntry {
  readonly schemaVersion: 1;
  /** Id of the run. */
  readonly run: string;
  readonly startedAt: string;
  readonly scenario: string;
  readonly digest: string;
  /** Of the repository that holds the scenario; left out where it is in none. */
  readonly commit?: string;
  /** Figures of different machines must not be compared. */
  readonly machine: Environment;
  readonly verdict: Verdict | 'diagnosis';
  readonly exitCode: number;
  readonly reason: string;
  /** Findings of the last variant, by audit. */
  readonly findings: Readonly<Record<string, number>>;
  /** Of the last variant: the gate's latency of each endpoint, and its errors. */
  readonly metrics: readonly Pick<Metric, 'name' | 'endpoint' | 'unit' | 'value'>[];
}
