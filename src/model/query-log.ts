import type { Grade } from './finding.ts';
import type { Statement } from './queries.ts';

/** What `log_destination` of the server was; `stderr` is plain text lines behind a `log_line_prefix`. */
export type LogFormat = 'stderr' | 'csvlog' | 'jsonlog';

/** One execution of one statement, as a PostgreSQL log tells it. Holds literals and bound values. */
export interface LoggedStatement {
  /** The text as it was sent; it ends early where `cut` says so. */
  readonly sql: string;
  /** Bound values as text, `null` for NULL. Left out where the log has none: literals in the text, or values not logged. */
  readonly parameters?: readonly (string | null)[];
  /** Indices in `parameters` of values that the server cut (`log_parameter_max_length`), or that end in three dots by themselves. */
  readonly cutParameters?: readonly number[];
  /** Execution with its parse and bind; left out for a statement that failed or whose duration was not logged. */
  readonly durationMs?: number;
  /** When it ended, in ms since 1970 (UTC); left out where the prefix has no time. */
  readonly timestamp?: number;
  /** Session id (`%c`) or else process id (`%p`); empty where the prefix has neither. */
  readonly session: string;
  readonly user?: string;
  readonly database?: string;
  readonly application?: string;
  /** SQLSTATE, or the message without its quoted parts where the log has no SQLSTATE. */
  readonly error?: string;
  /** The record was larger than is kept, so the end of `sql` is missing. */
  readonly cut?: true;
  /** The plan that auto_explain logged, as text or JSON. */
  readonly plan?: string;
}

/** What was read, so that "nothing found" can be told from "nothing heard". */
export interface LogCoverage {
  readonly formats: readonly LogFormat[];
  readonly bytes: number;
  readonly lines: number;
  /** Lines that are no part of any record: another program's output, or a record whose beginning is missing. */
  readonly unrecognisedLines: number;
  /** Records that could not be parsed: a JSON line or a CSV record that ends too early. */
  readonly damagedRecords: number;
  /** Records larger than is kept. */
  readonly cutRecords: number;
  /** Files that were read, in the order of their times; left out where one log was read. */
  readonly files?: readonly string[];
  /** What was left out to bound the memory; left out itself where nothing was. */
  readonly evicted?: LogEvictions;
  /** What the server's settings keep out of the log; only where they were read from the server. */
  readonly settings?: LogSettings;
}

/** What was given up since the tables were full. */
export interface LogEvictions {
  /** Executions of statements that are in `other`. */
  readonly statements: number;
  /** Failures that are not in the list of errors. */
  readonly errors: number;
  /** Times that a session was no longer followed; loops that went on afterwards are counted as two. */
  readonly sessions: number;
  /** Loops that are not in the lists. */
  readonly loops: number;
}

/** The settings of a server that say how much of what it did is in its log. */
export interface LogSettings {
  readonly values: Readonly<Record<string, string>>;
  /** Whether statements were logged by chance only: a part of them is missing, and every loop has holes. */
  readonly sampled: boolean;
}

/** The log over time. */
export interface LogTimeline {
  /** Width of a bucket. */
  readonly widthMs: number;
  /** In order of time; without those in which nothing was logged. */
  readonly buckets: readonly {
    /** ms since 1970. */
    readonly startAt: number;
    readonly statements: number;
    readonly totalMs: number;
    readonly errors: number;
  }[];
}

/** The statements of a log; `coverage()` tells what has been read up to now. */
export interface QueryLog extends AsyncIterable<LoggedStatement> {
  coverage(): LogCoverage;
}

/** A statement as the report names it: without literals, unless `example` was asked for. */
export type LoggedStatementText = Pick<Statement, 'fingerprint' | 'normalized' | 'kind' | 'tables'> & {
  /** One text as it was sent, with its literals; only where asked for. */
  readonly example?: string;
  /** The values bound in `example`. */
  readonly exampleParameters?: readonly (string | null)[];
};

/** All executions of one statement. Durations are the server's own and hold no network time. */
export interface StatementTotals {
  readonly statement: LoggedStatementText;
  readonly calls: number;
  readonly errors: number;
  /** Calls whose duration was logged: the figures below rest on these. */
  readonly timedCalls: number;
  readonly totalMs: number;
  /** Share of the total time of the log, 0 to 1. */
  readonly share: number;
  /** Left out, as the next two, where no duration was logged. */
  readonly meanMs?: number;
  /** Within 2 % of the true value. */
  readonly p95Ms?: number;
  readonly maxMs?: number;
  /** Of the slowest execution whose plan auto_explain logged; without literals, unless examples were asked for. */
  readonly plan?: { readonly text: string; readonly durationMs: number };
}

/** Smallest, middle and largest of the sizes that were seen. */
export interface SizeRange {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

interface Loop {
  readonly statement: LoggedStatementText;
  /** Never `proven`: pools mix requests in a session, so a log alone proves nothing. */
  readonly grade: Exclude<Grade, 'proven'>;
  /** Why it has this grade, one sentence. */
  readonly reason: string;
  /** How many times the loop ran. */
  readonly bursts: number;
  readonly callsPerBurst: SizeRange;
  /** Calls in all bursts. */
  readonly calls: number;
  readonly sessions: number;
  /** Server time of these calls. */
  readonly totalMs: number;
  /** Bursts that lay in one transaction, and so in one unit of work. */
  readonly burstsInTransaction: number;
  /** When the first burst began, in ms since 1970. */
  readonly firstAt?: number;
}

/** One statement repeated with differing values after another SELECT: perhaps once per row of it. */
export interface NPlusOneCandidate extends Loop {
  /** The SELECT that ran before the bursts in the same session. */
  readonly predecessor: LoggedStatementText;
  /** Other statements that ran once per turn of the loop. */
  readonly cycle: readonly LoggedStatementText[];
  /** Whether values were logged; where not, the repeats may be of the same row. */
  readonly parametersKnown: boolean;
}

/** One SELECT with the same values again and again within a second of one session. */
export interface DuplicateGroup extends Loop {
  /** Server time of all calls but the first of each burst: what remembering the first result would save. */
  readonly repeatedMs: number;
}

/** One INSERT, UPDATE or DELETE again and again, where one statement could write all rows. */
export type WriteLoop = Loop;

/** Failed statements by what they failed with. */
export interface LoggedError {
  /** SQLSTATE, or the message without its quoted parts. */
  readonly error: string;
  readonly calls: number;
  readonly statement: LoggedStatementText;
}

/** What a query log tells: where the database's time went, and which loops the service seems to run. */
export interface QueryLogReport {
  /** The path of the log, or `-`; several joined by `, `. */
  readonly source: string;
  readonly totals: {
    readonly statements: number;
    readonly errors: number;
    readonly totalMs: number;
    /** Different sessions; at least that many where a warning says so. */
    readonly sessions: number;
    /** Different fingerprints, those in `other` included as far as they could be told apart. */
    readonly distinctStatements: number;
    /** Ends of the first and the last statement, in ms since 1970; left out where the log has no times. */
    readonly firstAt?: number;
    readonly lastAt?: number;
  };
  readonly coverage: LogCoverage;
  /** Sentences about what the log cannot tell: no session in the prefix, only slow statements, values not logged. */
  readonly warnings: readonly string[];
  /** By total time, longest first; all that were kept, so reporters choose how many to show. */
  readonly statements: readonly StatementTotals[];
  /** Statements beyond the number of fingerprints that are kept; no loops are looked for among them. */
  readonly other?: { readonly calls: number; readonly totalMs: number };
  /** Likely ones first, then by time. */
  readonly nPlusOne: readonly NPlusOneCandidate[];
  readonly duplicates: readonly DuplicateGroup[];
  readonly writeLoops: readonly WriteLoop[];
  readonly errors: readonly LoggedError[];
  /** Left out where the log has no times. */
  readonly timeline?: LogTimeline;
}
