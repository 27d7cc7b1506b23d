import type { PlanNode } from './plan-node.ts';
import type {
  ExecutedWrite,
  IndexTrial,
  JoinTrial,
  NarrowTrial,
  PageTrial,
  RewriteTrial,
  WriteTrial,
} from './plan-trials.ts';
import type { TableState } from './table-state.ts';

/** The explain pass of one variant. */
export interface PlansArtifact {
  readonly statements: readonly StatementPlan[];
  readonly trials: readonly IndexTrial[];
  readonly rewrites: readonly RewriteTrial[];
  /** Left out by versions that tried none, as are `writes`. */
  readonly joins?: readonly JoinTrial[];
  readonly writes?: readonly WriteTrial[];
  /** Of the writes that took longest; none where no copy may be made. Left out by versions that executed none. */
  readonly executedWrites?: readonly ExecutedWrite[];
  /** Of the SELECTs without a LIMIT, or with an OFFSET. */
  readonly pages?: readonly PageTrial[];
  /** Of the statements that give columns which no answer holds. */
  readonly narrowed?: readonly NarrowTrial[];
  readonly server: {
    readonly version: string;
    readonly database: string;
    /** Median of opening a connection, login included, with nothing attached; only where requests opened some. */
    readonly connectMs?: number;
  };
  /** The tables that captured statements name; runs of earlier versions have none. */
  readonly tables?: readonly TableState[];
}

export type StatementPlan =
  | {
      readonly status: 'analyzed';
      readonly fingerprint: string;
      readonly sql: string;
      /** How the captured values reached the server. */
      readonly binding: 'literals' | 'typed' | 'text' | 'casts';
      readonly planningMs: number;
      /** Part of the execution that went into compiling expressions; left out where none were. */
      readonly jitMs?: number;
      /** Median of `runsMs`. */
      readonly executionMs: number;
      readonly runsMs: readonly number[];
      /** Median time of the statement itself, round trip included, on an idle connection. */
      readonly roundTripMs: number;
      readonly plan: PlanNode;
    }
  | {
      /** Planned but not executed: it writes, or its values could not be bound. */
      readonly status: 'planned';
      readonly fingerprint: string;
      readonly sql: string;
      readonly reason: string;
      readonly plan: PlanNode;
    }
  | { readonly status: 'refused'; readonly fingerprint: string; readonly sql: string; readonly reason: string };
