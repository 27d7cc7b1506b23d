import type { AuditText, Outcome } from './audit.ts';
import type { LatencyMetric } from './gate.ts';
import type { GeneratorHealth, RequestCounts } from './load.ts';
import type { Environment } from './run.ts';
import type { Runtime } from './scenario.ts';

/** What the service must hold for its load to count: `p95 < 250ms`. */
export interface LatencyObjective {
  readonly metric: LatencyMetric;
  readonly belowMs: number;
}

/** What the search was told. */
export interface CapacityPlan {
  /** Left out: goodput alone decides. */
  readonly objective?: LatencyObjective;
  readonly stepMs: number;
  readonly maxConnections: number;
}

/** How busy everything was while one step was measured; what cannot be read is left out. */
export interface StepUsage {
  /** CPU time per wall time of all processes of the service: 1 is one core. */
  readonly serviceCores?: number;
  /** Of the service's busiest thread, 0 to 1: what one core can give to code that runs on one thread. */
  readonly busiestThread?: number;
  /** Share of the machine's CPU that was not idle, 0 to 1. */
  readonly machine?: number;
  /** All processes of the embedded database, in cores. */
  readonly databaseCores?: number;
  /** This process and all of its threads, in cores. */
  readonly generatorCores?: number;
  readonly sessions?: DatabaseSessions;
}

/** Sessions of others in the service's database: means over samples that were taken beside the measurement, at the same load. */
export interface DatabaseSessions {
  readonly samples: number;
  readonly connected: number;
  readonly active: number;
  /** Active, and waiting for a lock that another session holds. */
  readonly waitingForLocks: number;
}

/**
 * One number of connections (closed model), the endpoints together.
 *
 * Rates and times are those of the window; requests are counted from the first to the last, settling included.
 */
export interface CapacityStep extends RequestCounts {
  readonly connections: number;
  /** Of the window. */
  readonly durationMs: number;
  /** Answers as expected per second, whatever they took. */
  readonly throughputPerS: number;
  /** Answers as expected and within the objective per second; without an objective the throughput. */
  readonly goodputPerS: number;
  /** Response times, those that timed out included. */
  readonly meanMs?: number;
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  readonly p99Ms?: number;
  /** Left out without an objective, or without answers. */
  readonly objectiveMet?: boolean;
  readonly statuses: Readonly<Record<string, number>>;
  readonly usage: StepUsage;
  readonly generator: GeneratorHealth;
}

/** Why the doubling ended. */
export type SearchEnd = 'flat' | 'fell' | 'objective' | 'errors' | 'generator' | 'most-connections';

export interface Knee {
  readonly connections: number;
  readonly goodputPerS: number;
  readonly p95Ms?: number;
}

export type LimitKind =
  | 'service-cpu'
  | 'machine-cpu'
  | 'database-cpu'
  | 'database-locks'
  /** It works on so many requests at a time, whatever it is that counts them. */
  | 'pool'
  /** It refuses what is more, with 429 or 503. */
  | 'own-limit'
  | 'generator'
  | 'not-established';

/** What kept the goodput from growing at the knee. */
export interface Limit {
  readonly kind: LimitKind;
  /** A clause with its figure, such as `the service's CPU (0.98 of one core)`. */
  readonly summary: string;
  /** The figures that led to it, and those that were ruled out, a sentence each. */
  readonly evidence: readonly string[];
}

/** How the law fits, or why nothing was fitted; see `stats/scalability-law.ts`. */
export type Scalability =
  | {
      /** `poor`: R² is below 0.9, so that the parameters describe something else than this service. */
      readonly status: 'fitted' | 'poor';
      readonly points: number;
      readonly perConnectionPerS: number;
      readonly contention: number;
      readonly coherency: number;
      readonly rSquared: number;
      readonly peak?: { readonly connections: number; readonly perS: number; readonly measured: boolean };
    }
  | { readonly status: 'missing'; readonly reason: string };

/** More than the service can do, offered by the clock (open model), and then half of what it can. */
export interface Overload {
  readonly offeredPerS: number;
  readonly durationMs: number;
  readonly mostConnections: number;
  readonly counts: RequestCounts;
  readonly statuses: Readonly<Record<string, number>>;
  readonly troubles: Readonly<Record<string, number>>;
  /** Second by second while the overload lasted. */
  readonly seconds: readonly OverloadSecond[];
  /** Answers as expected per second while it lasted. */
  readonly goodputPerS: number;
  /** From its end until the last of its requests was settled. */
  readonly drainMs: number;
  readonly generator: GeneratorHealth;
  /** Refusals (429 and 503) that were looked at one by one, and how many of them said when to come back. */
  readonly refusals: RefusalSamples;
  readonly recovery?: Recovery;
  /** The service ended by itself: how, as `exit code 1`. Figures are then those until its end. */
  readonly died?: string;
}

export interface OverloadSecond {
  readonly second: number;
  readonly answered: number;
  readonly unsuccessful: number;
  readonly p50Ms?: number;
}

export interface RefusalSamples {
  /** Responses that were looked at. */
  readonly seen: number;
  readonly refused: number;
  readonly withRetryAfter: number;
  /** Of those without, by status. */
  readonly withoutRetryAfter: Readonly<Record<string, number>>;
}

export interface Recovery {
  readonly offeredPerS: number;
  readonly goodputPerS: number;
  readonly p95Ms?: number;
}

export type FailureModeKind =
  /** Refuses with 429 or 503 what it cannot do, and does the rest. */
  | 'sheds'
  /** Takes everything, and lets it wait longer and longer. */
  | 'queues'
  | 'times-out'
  /** Fails or drops what it cannot do, with something else than a refusal. */
  | 'errors'
  /** Gets much less done than at the knee. */
  | 'collapses'
  | 'crashes'
  /** Did what was offered: it had not reached its limit. */
  | 'absorbs'
  | 'not-established';

/** How the service fails past the knee. */
export interface FailureMode {
  readonly kind: FailureModeKind;
  /** A sentence with the figures. */
  readonly summary: string;
  /** Left out where it was not seen. */
  readonly recovers?: boolean;
  readonly evidence: readonly string[];
}

/** What audits can judge of a search for the capacity. */
export interface CapacityArtifact {
  /** Left out where no knee is known. */
  readonly overload?: Overload;
  readonly failureMode: FailureMode;
}

/** All that `chokepoint capacity` found out about one variant. */
export interface CapacityResult extends CapacityArtifact {
  readonly schemaVersion: 1;
  readonly scenario: string;
  readonly variant: string;
  readonly startedAt: string;
  readonly environment: Environment;
  readonly runtime: Runtime;
  readonly plan: CapacityPlan;
  /** In the order of their connections. */
  readonly steps: readonly CapacityStep[];
  readonly end: SearchEnd;
  /** Left out where it was not reached, or where even one connection is too many. */
  readonly knee?: Knee;
  readonly limit: Limit;
  readonly scalability: Scalability;
  /** By the id of the audit. */
  readonly outcomes: Readonly<Record<string, Outcome>>;
  /** The texts of those audits. */
  readonly audits: readonly AuditText[];
  /** What makes the figures doubtful, a sentence each. */
  readonly warnings: readonly string[];
}
