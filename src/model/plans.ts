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
}

/** One node of a plan. Times and rows are of all loops and workers together, unlike EXPLAIN's own per-loop averages. */
export interface PlanNode {
  readonly type: string;
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
  readonly sharedHitBlocks?: number;
  readonly sharedReadBlocks?: number;
  readonly tempWrittenBlocks?: number;
  /** `external merge`, `quicksort`, … of a Sort. */
  readonly sortMethod?: string;
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

/** An index that was built on a scratch copy of the database, or the reason why none was. */
export type IndexTrial =
  | {
      readonly status: 'tried';
      readonly fingerprint: string;
      readonly table: string;
      readonly columns: readonly string[];
      /** With CONCURRENTLY, ready to be run. */
      readonly ddl: string;
      readonly where: 'scratch-copy';
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
    }
  | {
      /** A candidate that could not be tried here. */
      readonly status: 'untried';
      readonly fingerprint: string;
      readonly table: string;
      readonly columns: readonly string[];
      readonly ddl: string;
      readonly reason: string;
    }
  | { readonly status: 'none'; readonly fingerprint: string; readonly reason: string };

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

/** A plan's nodes, each before its children. */
export function* planNodes(node: PlanNode): Generator<PlanNode> {
  yield node;
  for (const child of node.children) yield* planNodes(child);
}
