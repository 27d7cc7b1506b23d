/** The explain pass of one variant. */
export interface PlansArtifact {
  readonly statements: readonly StatementPlan[];
  readonly trials: readonly IndexTrial[];
  readonly rewrites: readonly RewriteTrial[];
  /** Left out by versions that tried none, as are `writes`. */
  readonly joins?: readonly JoinTrial[];
  readonly writes?: readonly WriteTrial[];
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

/** A table as the catalogue and the statistics of the server have it. */
export interface TableState {
  /** With its schema, unless the search path finds it. */
  readonly table: string;
  readonly estimatedRows: number;
  /** ISO 8601; left out where it was never analysed, or when is not known. */
  readonly analyzedAt?: string;
  /** Rows that were changed since then. */
  readonly changedRows: number;
  /** Since when uses are counted (ISO 8601); left out where they were never reset. */
  readonly countedSince?: string;
  readonly indexes: readonly IndexState[];
  /** Foreign keys of other tables to this one whose columns no index begins with. */
  readonly unindexedReferences: readonly ForeignKey[];
}

export interface IndexState {
  readonly name: string;
  /** The statement that makes it. */
  readonly definition: string;
  /** Key columns in order, `null` for an expression. */
  readonly columns: readonly (string | null)[];
  /** What it guards, or whom it serves besides queries: such an index stays, used or not. */
  readonly keptFor?: 'uniqueness' | 'constraint' | 'foreign key' | 'replication' | 'partitions';
  readonly sizeBytes: number;
  readonly scans: number;
  /** Another index that finds all that this one finds. */
  readonly coveredBy?: string;
  /** What writes to the table cost with and without it, where that was tried. */
  readonly writes?: WriteCost;
}

export interface ForeignKey {
  readonly name: string;
  /** The table that refers. */
  readonly table: string;
  readonly columns: readonly string[];
  readonly estimatedRows: number;
  readonly ddl: string;
}

/** Time and write-ahead log of a thousand rows, without and with an index; page images after a checkpoint not counted. */
export interface WriteCost {
  readonly insert: WriteChange;
  /** Of updates that change the columns of the index; left out where their values cannot be exchanged. */
  readonly update?: WriteChange;
}

export interface WriteChange {
  readonly withoutMs: number;
  readonly withMs: number;
  readonly withoutWalBytes: number;
  readonly withWalBytes: number;
}

/**
 * One node of a plan. Rows are of all loops and workers together, unlike EXPLAIN's own per-loop averages. Times are of
 * all loops, and of the processes that shared the work their mean: workers run side by side.
 */
export interface PlanNode {
  readonly type: string;
  /** `InitPlan 1`, `SubPlan 2`, `CTE sums`: a part that is not the input of the node above it. */
  readonly part?: string;
  readonly relation?: string;
  readonly index?: string;
  /** The node's conditions, one a line, such as `Filter: (status = $2)`. */
  readonly conditions: readonly string[];
  readonly estimatedRows: number;
  /** Left out where the plan was not executed, as are the other actual figures. */
  readonly actualRows?: number;
  readonly loops?: number;
  /** Time of this node with its children. */
  readonly totalMs?: number;
  /** Time of this node without its children, never below 0. */
  readonly selfMs?: number;
  readonly rowsRemoved?: number;
  /** Those of `rowsRemoved` that a lossy bitmap led to. */
  readonly rowsRechecked?: number;
  /** Blocks are of the node with its children; {@link ownBlocks} takes those off. */
  readonly sharedHitBlocks?: number;
  readonly sharedReadBlocks?: number;
  readonly tempWrittenBlocks?: number;
  /** `external merge`, `quicksort`, … of a Sort. */
  readonly sortMethod?: string;
  /** Rows of an index-only scan for which the table had to be read all the same. */
  readonly heapFetches?: number;
  /** Pages that a bitmap found as a whole, since it had no memory for their rows. */
  readonly lossyBlocks?: number;
  readonly exactBlocks?: number;
  /** Parts into which a hash table was split, since it did not fit into memory. */
  readonly hashBatches?: number;
  readonly workersPlanned?: number;
  readonly workersLaunched?: number;
  readonly children: readonly PlanNode[];
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
  | { readonly status: 'none'; readonly fingerprint: string; readonly reason: string };

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

/** The loop of an N+1 beside one batched statement, both executed on an idle connection. */
export type RewriteTrial =
  | {
      readonly status: 'tried';
      readonly fingerprint: string;
      /** The batched statement, without literals. */
      readonly sql: string;
      /** How many statements the loop had. */
      readonly repeats: number;
      readonly loopMs: number;
      readonly batchedMs: number;
      readonly runs: number;
      /** Whether the batched statement gave exactly the rows that the loop gave. */
      readonly sameRows: boolean;
    }
  | { readonly status: 'none'; readonly fingerprint: string; readonly reason: string };

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

/** A loop of writes beside one statement that writes all its rows. */
export type WriteTrial =
  | {
      readonly status: 'tried';
      readonly fingerprint: string;
      /** The one statement, without literals. */
      readonly sql: string;
      readonly repeats: number;
      /** Commits included, where the service committed each write by itself. */
      readonly loopMs: number;
      readonly batchedMs: number;
      readonly runs: number;
      readonly where: 'scratch-copy';
      /** Whether the tables held the same rows after the one statement as after the loop. */
      readonly sameRows: boolean;
    }
  | {
      /** Written out, but nothing was executed. */
      readonly status: 'untried';
      readonly fingerprint: string;
      readonly sql: string;
      readonly reason: string;
    }
  | { readonly status: 'none'; readonly fingerprint: string; readonly reason: string };

/** A statement that gives, or passes over, rows without end, beside one page of them by a unique key. */
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

/** A statement with and without columns of its result, both received on an idle connection. */
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

/** Blocks that the node itself read and wrote: EXPLAIN counts those of its children with them. */
export function ownBlocks(node: PlanNode): { readonly read: number; readonly tempWritten: number } {
  const own = (of: (each: PlanNode) => number) =>
    Math.max(0, of(node) - node.children.reduce((sum, child) => sum + of(child), 0));
  return {
    read: own(({ sharedHitBlocks = 0, sharedReadBlocks = 0 }) => sharedHitBlocks + sharedReadBlocks),
    tempWritten: own(({ tempWrittenBlocks = 0 }) => tempWrittenBlocks),
  };
}

/** A plan's nodes, each before its children. */
export function* planNodes(node: PlanNode): Generator<PlanNode> {
  yield node;
  for (const child of node.children) yield* planNodes(child);
}
