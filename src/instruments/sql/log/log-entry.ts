/** Whose session a record of the log belongs to; one object for all records of a session, as far as it is remembered. */
export interface LogSession {
  /** Session id or else process id; empty where the log has neither. */
  readonly session: string;
  readonly user?: string;
  readonly database?: string;
  readonly application?: string;
}

/** Who wrote a record of the log, and when. */
export interface LogOrigin extends LogSession {
  /** When it was written, in ms since 1970 (UTC). */
  readonly timestamp?: number;
}

/**
 * One field of a record. A record begins with `log`, `error` or `other` (a severity that holds no statement), and
 * the fields that follow with the same session belong to it; csvlog and jsonlog records are taken apart likewise.
 */
export interface LogEntry {
  who: LogSession;
  /** In ms since 1970 (UTC); NaN where the log has no time. */
  timestamp: number;
  field: 'log' | 'error' | 'other' | 'detail' | 'context' | 'statement';
  /** Of a parse or bind step only the first line, for nothing else of it is ever used. */
  text: string;
  /** SQLSTATE, where the log has it. */
  sqlState: string | undefined;
  /** The end of `text` is missing. */
  cut: boolean;
}

/** An entry to be filled again and again: a large log has millions, and none is kept. */
export function emptyEntry(): LogEntry {
  return { who: { session: '' }, timestamp: Number.NaN, field: 'other', text: '', sqlState: undefined, cut: false };
}

/** What can be wrong with a line or a record; each is counted, none ends the reading. */
export type LogFault = 'unrecognised' | 'damaged' | 'cut';

/** How a line ended: `long`: it was longer than is kept; `open`: the log ends in the middle of it. */
export type LineEnd = 'whole' | 'long' | 'open';

/** Where a parser hands over what it found. */
export interface LogSink {
  /** The entry is another one as soon as this returns. */
  entry(entry: Readonly<LogEntry>): void;
  fault(fault: LogFault): void;
}

/** Turns lines, without their line ends, into entries, which it hands to its {@link LogSink} as soon as they are complete. */
export interface LogParser {
  add(text: string, end: LineEnd): void;
  end(): void;
}

/** Bytes of one record that are kept: a statement that is larger tells no more by its end. */
export const maxRecordBytes = 2 * 1024 * 1024;
