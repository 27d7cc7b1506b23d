import type { LoggedStatement } from '../../../model/query-log.ts';
import type { LogEntry, LogOrigin } from './log-entry.ts';
import { parseMessage, type StatementMessage } from './parse-message.ts';
import { parseParameters } from './parse-parameters.ts';

/** A statement whose further entries may still come. */
interface PendingStatement {
  readonly origin: LogOrigin;
  readonly sql: string;
  readonly cut: boolean;
  readonly durationMs?: number;
  readonly timestamp?: number;
  readonly parameters?: readonly (string | null)[];
  readonly cutParameters?: readonly number[];
  readonly error?: string;
}

interface SessionState {
  pending: PendingStatement | undefined;
  /** Time of parse and bind that belongs to the next execution. */
  stepsMs: number;
  /** The error whose statement may follow, with the values that its context tells. */
  failing: (Pick<PendingStatement, 'parameters' | 'cutParameters'> & { readonly error: string }) | undefined;
  /** What a DETAIL that comes next belongs to. */
  subject: 'pending' | 'failing' | 'none';
}

/** Sessions that are waited for, and characters of SQL and values that wait in them. */
const maxSessions = 1_000;
const maxWaitingLength = 64 * 1024 * 1024;

/**
 * Puts the entries of each session together into statements: parse, bind and execute of one execution count once,
 * with the sum of their durations. A statement is handed over when the next one of its session begins.
 */
export function createStatementAssembler(emit: (statement: LoggedStatement) => void): {
  add(entry: LogEntry): void;
  end(): void;
} {
  // In order of use: the first entry is the one that nothing was heard of for the longest time.
  const sessions = new Map<string, SessionState>();
  let waitingLength = 0;

  const setPending = (state: SessionState, pending: PendingStatement | undefined) => {
    waitingLength += lengthOf(pending) - lengthOf(state.pending);
    state.pending = pending;
  };

  const flush = (state: SessionState) => {
    if (state.pending) emit(toStatement(state.pending));
    setPending(state, undefined);
  };

  const stateOf = (session: string): SessionState => {
    const state = sessions.get(session) ?? { pending: undefined, stepsMs: 0, failing: undefined, subject: 'none' };
    sessions.delete(session);
    sessions.set(session, state);
    for (const [id, oldest] of sessions) {
      if (sessions.size <= maxSessions && (waitingLength <= maxWaitingLength || oldest === state)) break;
      flush(oldest);
      sessions.delete(id);
    }
    return state;
  };

  const log = (state: SessionState, entry: LogEntry, message: StatementMessage | undefined) => {
    state.failing = undefined;
    state.subject = 'none';
    if (!message) return;
    const { pending } = state;
    if (message.kind === 'duration') {
      if (pending && pending.durationMs === undefined && pending.error === undefined) {
        setPending(state, { ...pending, ...timed(entry, message.durationMs + state.stepsMs) });
        state.stepsMs = 0;
      } else state.stepsMs += message.durationMs;
    } else if (message.kind === 'parse' || message.kind === 'bind') {
      flush(state);
      state.stepsMs += message.durationMs ?? 0;
    } else if (message.kind === 'fetch' && pending?.sql === message.sql && message.durationMs !== undefined) {
      // The next rows of a cursor: the same execution goes on.
      setPending(state, { ...pending, ...timed(entry, message.durationMs + (pending.durationMs ?? 0)) });
    } else {
      flush(state);
      const { sql, durationMs } = message;
      const base = { origin: entry.origin, sql, cut: entry.cut === true };
      const steps = durationMs === undefined ? 0 : state.stepsMs;
      setPending(state, durationMs === undefined ? base : { ...base, ...timed(entry, durationMs + steps) });
      state.stepsMs -= steps;
      state.subject = 'pending';
    }
  };

  const detail = (state: SessionState, text: string) => {
    const found = parseParameters(text);
    if (!found) return;
    const parameters = {
      parameters: found.values,
      ...(found.cut.length > 0 ? { cutParameters: found.cut } : {}),
    };
    if (state.subject === 'pending' && state.pending) setPending(state, { ...state.pending, ...parameters });
    if (state.subject === 'failing' && state.failing) state.failing = { ...state.failing, ...parameters };
  };

  const failed = (state: SessionState, entry: LogEntry) => {
    const { pending, failing } = state;
    if (!failing) return;
    // With log_statement the text was logged before it failed.
    const logged = pending?.sql === entry.text && pending.durationMs === undefined && pending.error === undefined;
    if (!logged) flush(state);
    setPending(state, {
      ...(logged ? pending : { origin: entry.origin, sql: entry.text, cut: entry.cut === true }),
      ...failing,
      ...(entry.origin.timestamp === undefined ? {} : { timestamp: entry.origin.timestamp }),
    });
    state.failing = undefined;
    state.subject = 'none';
  };

  return {
    add(entry) {
      const state = stateOf(entry.origin.session);
      if (entry.field === 'log') log(state, entry, parseMessage(entry.text));
      else if (entry.field === 'error') {
        state.failing = { error: errorClass(entry) };
        state.subject = 'failing';
        state.stepsMs = 0;
      } else if (entry.field === 'other') {
        state.failing = undefined;
        state.subject = 'none';
      } else if (entry.field === 'statement') failed(state, entry);
      else detail(state, entry.text);
    },
    end() {
      for (const state of sessions.values()) flush(state);
      sessions.clear();
    },
  };
}

function timed({ origin }: LogEntry, durationMs: number): Pick<PendingStatement, 'durationMs' | 'timestamp'> {
  // Sums of thousandths are rounded back to thousandths, which is what the log has.
  const rounded = Math.round(durationMs * 1000) / 1000;
  return origin.timestamp === undefined
    ? { durationMs: rounded }
    : { durationMs: rounded, timestamp: origin.timestamp };
}

function lengthOf(pending: PendingStatement | undefined): number {
  if (!pending) return 0;
  return (pending.parameters ?? []).reduce((sum, value) => sum + (value?.length ?? 0), pending.sql.length);
}

/** The SQLSTATE, or the message without what may be a value: names after `constraint`, `relation` and such stay. */
function errorClass({ text, sqlState }: LogEntry): string {
  if (sqlState) return sqlState;
  return (text.split('\n')[0] ?? '')
    .slice(0, 500)
    .replace(/ at character \d+$/, '')
    .replace(
      /(constraint |relation |column |table )?(?:"[^"]*"?|«[^»]*»?|»[^«]*«?|„[^“]*“?|“[^”]*”?)/g,
      (quoted, kind) => (kind ? quoted : '"…"'),
    )
    .slice(0, 200);
}

function toStatement(pending: PendingStatement): LoggedStatement {
  const { origin, sql, cut, durationMs, parameters, cutParameters, error } = pending;
  const timestamp = pending.timestamp ?? origin.timestamp;
  return {
    sql,
    ...(parameters ? { parameters } : {}),
    ...(cutParameters ? { cutParameters } : {}),
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(timestamp === undefined ? {} : { timestamp }),
    session: origin.session,
    ...(origin.user ? { user: origin.user } : {}),
    ...(origin.database ? { database: origin.database } : {}),
    ...(origin.application ? { application: origin.application } : {}),
    ...(error === undefined ? {} : { error }),
    ...(cut ? { cut: true } : {}),
  };
}
