import type { PlanNode } from './plan-node.ts';
import type { WriteCost } from './table-state.ts';

/** An index that was tried, or the reason why none was. */
export type IndexTrial =
  | (IndexCandidateText & {
      readonly status: 'tried';
      /** Built on a copy of the database, or on itself in a transaction that was rolled back. */
      readonly where: 'scratch-copy' | 'transaction';
      readonly beforeMs: number;
      readonly afterMs: number;
      /** Executions that each median rests on. */
      readonly runs: number;
      /** Whether the planner chose the index. */
      readonly used: boolean;
      readonly sizeBytes: number;
      readonly buildMs: number;
      readonly planBefore: PlanNode;
      readonly planAfter: PlanNode;
      readonly writes?: WriteCost;
      /** Why `writes` is not known. */
      readonly writesUnknown?: string;
      /** Other captured statements whose plan takes the index too. */
      readonly others?: readonly OtherStatement[];
    })
  | (IndexCandidateText & {
      /** Known to the planner alone (HypoPG): no time was measured. */
      readonly status: 'estimated';
      readonly costBefore: number;
      readonly costAfter: number;
      readonly used: boolean;
      readonly planAfter: PlanNode;
    })
  | (IndexCandidateText & {
      /** A candidate that could not be tried here. */
      readonly status: 'untried';
      readonly reason: string;
    })
  | NoTrial;

interface IndexCandidateText {
  /** The statement that asks for it. */
  readonly fingerprint: string;
  readonly table: string;
  /** Key columns in order. */
  readonly columns: readonly string[];
  /** Columns that are only carried along, so that the table need not be read. */
  readonly include?: readonly string[];
  /** The condition of a partial index. */
  readonly predicate?: string;
  /** With CONCURRENTLY, ready to be run. */
  readonly ddl: string;
}

/** What an index does to a statement that did not ask for it: medians of repeated executions. */
export interface OtherStatement {
  readonly fingerprint: string;
  readonly sql: string;
  readonly beforeMs: number;
  readonly afterMs: number;
}

/** A loop beside one statement in its place: medians of `runs`. */
interface TriedBatch {
  readonly fingerprint: string;
  /** The one statement, without literals. */
  readonly sql: string;
  /** How many statements the loop had. */
  readonly repeats: number;
  readonly loopMs: number;
  readonly batchedMs: number;
  readonly runs: number;
  /** Of reads, whether it gave exactly the rows that the loop gave; of writes, whether the table held the same after both. */
  readonly sameRows: boolean;
}

interface NoTrial {
  readonly status: 'none';
  readonly fingerprint: string;
  readonly reason: string;
}

/** The loop of an N+1 beside one batched statement, both executed on an idle connection. */
export type RewriteTrial = (TriedBatch & { readonly status: 'tried' }) | NoTrial;

/** The loop of an N+1 and the statement that fed it beside one JOIN of both, all executed on an idle connection. */
export type JoinTrial =
  | {
      readonly status: 'tried';
      /** Of the loop's statement. */
      readonly fingerprint: string;
      readonly parentFingerprint: string;
      /** The join, without literals. */
      readonly sql: string;
      /** How many statements the loop had, without the parent. */
      readonly repeats: number;
      /** The parent and its loop. */
      readonly separateMs: number;
      readonly joinedMs: number;
      readonly runs: number;
      /** Whether the join gave each row of the parent with exactly the rows that the loop gave for it. */
      readonly sameRows: boolean;
    }
  | {
      readonly status: 'none';
      readonly fingerprint: string;
      /** Left out where no parent is known. */
      readonly parentFingerprint?: string;
      readonly reason: string;
    };

/** A loop of writes beside one statement that writes all its rows; times with commits, where each write was committed by itself. */
export type WriteTrial =
  | (TriedBatch & { readonly status: 'tried'; readonly where: 'scratch-copy' })
  | {
      /** Written out, but nothing was executed. */
      readonly status: 'untried';
      readonly fingerprint: string;
      readonly sql: string;
      readonly reason: string;
    }
  | NoTrial;

/** A captured write as it was executed on a scratch copy, in transactions that were rolled back, or why it was not. */
export type ExecutedWrite =
  | {
      readonly status: 'executed';
      readonly fingerprint: string;
      /** `others`: those of the captured values were gone already, so that as many others were deleted in their place. */
      readonly rows: 'captured' | 'others';
      /** Median of `runs` executions, triggers included. */
      readonly executionMs: number;
      readonly runs: number;
      readonly plan: PlanNode;
      /** Those that fired, the dearest first; of the execution to which `plan` belongs. */
      readonly triggers: readonly TriggerTime[];
      /** The foreign keys that it checks without an index, each with the one that was built for a trial. */
      readonly references?: readonly IndexedReference[];
    }
  | NoTrial;

/** What the index of a foreign key does to a write that has it checked. */
export interface IndexedReference {
  /** Of the foreign key. */
  readonly name: string;
  /** Median time of the whole write with the index. */
  readonly afterMs: number;
}

/** What one trigger took in one execution of a statement, over all of its calls. */
export interface TriggerTime {
  readonly name: string;
  /** The foreign key that it checks, where it is one of PostgreSQL's own. */
  readonly constraint?: string;
  readonly table: string;
  readonly calls: number;
  readonly timeMs: number;
}

/** A statement that gives, or passes over, rows without end, beside one page of them by a unique key: medians of `runs`, of `whole` means. */
export type PageTrial = {
  readonly fingerprint: string;
  /** `whole`: nothing bounds its rows. `offset`: it counts off the rows before its page. */
  readonly kind: 'whole' | 'offset';
  /** Of the largest table that it reads, as the server estimates. */
  readonly tableRows: number;
  /** Rows before its page; 0 for `whole`. */
  readonly offset: number;
} & (
  | {
      readonly status: 'tried';
      /** The page behind the last row of the page before, without literals. */
      readonly sql: string;
      /** Columns by which the pages follow each other. */
      readonly key: readonly string[];
      readonly rows: number;
      readonly pageRows: number;
      /** Of the statement as it is. */
      readonly beforeMs: number;
      /** Of one page by the key: for `whole` the first one, for `offset` the same rows. */
      readonly afterMs: number;
      /** Of the statement with OFFSET 0; only for `offset`. */
      readonly firstPageMs?: number;
      readonly runs: number;
      /** Whether the page by the key gave the rows that the statement gave; always so for `whole`. */
      readonly sameRows: boolean;
    }
  | { readonly status: 'untried'; readonly reason: string }
);

/** A statement with and without columns of its result, both received on an idle connection: means of `runs`. */
export type NarrowTrial = {
  readonly fingerprint: string;
  /** Those that were left out, in the order of the result. */
  readonly columns: readonly string[];
} & (
  | {
      readonly status: 'tried';
      /** Without them, and without literals. */
      readonly sql: string;
      readonly beforeMs: number;
      readonly afterMs: number;
      readonly runs: number;
    }
  | { readonly status: 'none'; readonly reason: string }
);
