import type { Statement } from './queries.ts';

/** Equal requests that were sent at the same moment, and then one after the other. */
export interface Burst {
  readonly endpoint: string;
  /** `start`: the first ones after the service was started. `later`: after those that were traced one by one. */
  readonly when: 'start' | 'later';
  readonly atOnce: number;
  readonly alone: number;
  readonly statements: readonly BurstStatement[];
}

/** One statement with one list of values in a burst. */
export interface BurstStatement extends Pick<Statement, 'fingerprint' | 'normalized' | 'kind' | 'tables'> {
  /** Tells lists of values apart, and nothing of what they are. */
  readonly values: string;
  /** Executions by the requests that were sent at once. */
  readonly runsAtOnce: number;
  /** By those that followed, all together. */
  readonly runsAlone: number;
  /** A quarter of its executions took no longer: the others may have waited for each other. */
  readonly quickMs: number;
}

/** The connections of the service to its database while the scenario's load was on it. */
export interface PoolWindow {
  /** Requests that may be under way at a time. */
  readonly users: number;
  readonly durationMs: number;
  /** Connections that were open, sample by sample. */
  readonly open: readonly number[];
  /** Of them those with a statement under way, or within a transaction; in the same order. */
  readonly held: readonly number[];
  /** Connections within a transaction when all was answered and the database was quiet. */
  readonly leftInTransaction: number;
  /** Reads that were sent one at a time, once the load had ended. */
  readonly afterwards?: readonly LoneRequest[];
  readonly statements: readonly {
    readonly fingerprint: string;
    readonly executions: number;
    readonly medianMs: number;
  }[];
}

/** One request with nothing else under way. */
export interface LoneRequest {
  readonly endpoint: string;
  /** Left out where no answer came. */
  readonly status?: number;
  readonly durationMs: number;
  /** That ended while it was under way. */
  readonly statements: number;
  /** Connections as it began. */
  readonly open: number;
  /** As it began or as it ended, whichever is more. */
  readonly held: number;
}

/** Fewer runs may be those of a request and of one that came too early to know. */
export const minRuns = 3;
/** What takes less is filled again before anybody notices. */
const minFillMs = 2;

/** Whether most requests of a burst ran a statement of which those that followed had the result. */
export function isStampede(
  { runsAtOnce, runsAlone, quickMs }: BurstStatement,
  { atOnce }: Pick<Burst, 'atOnce'>,
): boolean {
  return runsAlone === 0 && quickMs >= minFillMs && runsAtOnce >= Math.max(minRuns, atOnce / 2);
}
