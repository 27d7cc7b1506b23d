import type { LogSession } from './log-entry.ts';
import { createRecentMap } from './recent-map.ts';

/** A statement's text, or what stands for it. */
export interface AssembledText {
  /** Equal for equal texts. */
  readonly identity: string | number;
  /** Characters that are held for it. */
  readonly size: number;
}

/** Bound values, or what stands for them. */
export interface AssembledValues {
  readonly size: number;
}

/** What one field of a record says about a statement. */
export interface StatementEntry<T extends AssembledText, V extends AssembledValues> {
  who: LogSession;
  /** In ms since 1970; NaN where the log has no time. */
  timestamp: number;
  kind: StatementEntryKind;
  /** NaN where the record has none. */
  durationMs: number;
  /** Of `statement`, `execute`, `fetch`, `plan` and `failed`. */
  text: T | undefined;
  /** Of `values` and `plan`. */
  values: V | undefined;
  /** Of `error`. */
  error: string | undefined;
  /** Of `plan`. */
  plan: string | undefined;
}

/**
 * `duration` stands alone, as `log_duration` writes it; `failed` is the statement of the `error` before it; `message` is a
 * record that tells of no statement.
 */
export type StatementEntryKind =
  | 'statement'
  | 'execute'
  | 'fetch'
  | 'parse'
  | 'bind'
  | 'duration'
  | 'plan'
  | 'values'
  | 'error'
  | 'failed'
  | 'message';

/** One execution, put together; the object is another one as soon as the taker returns. */
export interface AssembledStatement<T extends AssembledText, V extends AssembledValues> {
  readonly who: LogSession;
  readonly text: T;
  readonly values: V | undefined;
  /** NaN where none was logged. */
  readonly durationMs: number;
  /** NaN where the log has no time. */
  readonly timestamp: number;
  readonly error: string | undefined;
  readonly plan: LoggedPlanText | undefined;
}

/** A plan as auto_explain logged it, and how long that took. */
export interface LoggedPlanText {
  readonly text: string;
  readonly durationMs: number;
}

/** A statement whose further entries may still come; there is none as long as `text` is missing. */
interface Pending<T extends AssembledText, V extends AssembledValues> {
  who: LogSession;
  text: T | undefined;
  values: V | undefined;
  durationMs: number;
  timestamp: number;
  error: string | undefined;
  plan: LoggedPlanText | undefined;
  /** Only auto_explain has told of it up to now, which does so before the server logs the statement itself. */
  fromPlan: boolean;
}

interface SessionState<T extends AssembledText, V extends AssembledValues> {
  readonly pending: Pending<T, V>;
  /** Time of parse and bind that belongs to the next execution. */
  stepsMs: number;
  /** The error whose statement may follow, with the values that its context tells. */
  error: string | undefined;
  errorValues: V | undefined;
  /** What values that come next belong to. */
  subject: 'pending' | 'error' | 'none';
}

/** Sessions that are waited for, and characters of SQL and values that wait in them. */
const maxSessions = 1_000;
const maxWaitingSize = 64 * 1024 * 1024;

/**
 * Puts the entries of each session together into statements: parse, bind and execute of one execution count once,
 * with the sum of their durations, and so does its plan. A statement is handed over when the next one of its session
 * begins.
 */
export function createStatementAssembler<T extends AssembledText, V extends AssembledValues>(
  emit: (statement: AssembledStatement<T, V>) => void,
): {
  add(entry: Readonly<StatementEntry<T, V>>): void;
  end(): void;
} {
  const sessions = createRecentMap<SessionState<T, V>>(maxSessions, newState, flush);
  let waitingSize = 0;

  function flush({ pending }: SessionState<T, V>): void {
    if (!pending.text) return;
    waitingSize -= sizeOf(pending);
    emit(pending as AssembledStatement<T, V>);
    pending.text = undefined;
    pending.values = undefined;
    pending.plan = undefined;
  }

  const begin = (state: SessionState<T, V>, { who, text, timestamp }: StatementEntry<T, V>) => {
    flush(state);
    const { pending } = state;
    pending.who = who;
    pending.text = text;
    pending.durationMs = Number.NaN;
    pending.timestamp = timestamp;
    pending.error = undefined;
    pending.fromPlan = false;
    waitingSize += text?.size ?? 0;
  };

  const giveValues = (pending: Pending<T, V>, values: V | undefined) => {
    if (!values) return;
    waitingSize += values.size - (pending.values?.size ?? 0);
    pending.values = values;
  };

  const addDuration = (state: SessionState<T, V>, entry: StatementEntry<T, V>) => {
    const { pending } = state;
    const isAwaited =
      pending.text && pending.error === undefined && (Number.isNaN(pending.durationMs) || pending.fromPlan);
    if (isAwaited) {
      time(pending, entry.durationMs + state.stepsMs, entry.timestamp);
      state.stepsMs = 0;
    } else state.stepsMs += entry.durationMs;
  };

  const addExecution = (state: SessionState<T, V>, entry: StatementEntry<T, V>) => {
    const { pending } = state;
    const { durationMs } = entry;
    if (entry.kind === 'fetch' && !Number.isNaN(durationMs) && isOf(pending, entry)) {
      // The next rows of a cursor: the same execution goes on.
      const beforeMs = Number.isNaN(pending.durationMs) ? 0 : pending.durationMs;
      time(pending, durationMs + beforeMs, entry.timestamp);
      return;
    }
    if (!(pending.fromPlan && isOf(pending, entry))) begin(state, entry);
    if (!Number.isNaN(durationMs)) {
      time(pending, durationMs + state.stepsMs, entry.timestamp);
      state.stepsMs = 0;
    }
    state.subject = 'pending';
  };

  const addPlan = (state: SessionState<T, V>, entry: StatementEntry<T, V>) => {
    const { pending } = state;
    const { durationMs, plan } = entry;
    // In the extended protocol the plan follows the statement and its duration.
    const isLogged = isOf(pending, entry) && !pending.plan && !Number.isNaN(pending.durationMs);
    if (!isLogged) {
      // With log_statement the text was logged before its plan, and its duration comes after it.
      if (!(isOf(pending, entry) && Number.isNaN(pending.durationMs))) begin(state, entry);
      time(pending, durationMs, entry.timestamp);
      pending.fromPlan = true;
    }
    pending.plan = plan === undefined ? undefined : { text: plan, durationMs };
    if (!pending.values) giveValues(pending, entry.values);
  };

  const addFailed = (state: SessionState<T, V>, entry: StatementEntry<T, V>) => {
    const { pending, error } = state;
    if (error === undefined) return;
    // With log_statement the text was logged before it failed.
    if (!(isOf(pending, entry) && Number.isNaN(pending.durationMs))) begin(state, entry);
    pending.error = error;
    giveValues(pending, state.errorValues);
    if (!Number.isNaN(entry.timestamp)) pending.timestamp = entry.timestamp;
    state.error = undefined;
    state.errorValues = undefined;
    state.subject = 'none';
  };

  const addValues = (state: SessionState<T, V>, values: V | undefined) => {
    if (state.subject === 'pending' && state.pending.text) giveValues(state.pending, values);
    if (state.subject === 'error') state.errorValues = values;
  };

  /** Begins a record: what came before it has no more fields. */
  const addRecord = (state: SessionState<T, V>, entry: StatementEntry<T, V>) => {
    state.error = undefined;
    state.errorValues = undefined;
    state.subject = 'none';
    if (entry.kind === 'parse' || entry.kind === 'bind') {
      flush(state);
      if (!Number.isNaN(entry.durationMs)) state.stepsMs += entry.durationMs;
    } else if (entry.kind === 'duration') addDuration(state, entry);
    else if (entry.kind === 'plan') addPlan(state, entry);
    else if (entry.kind === 'error') {
      state.error = entry.error;
      state.subject = 'error';
      state.stepsMs = 0;
    } else if (entry.kind !== 'message') addExecution(state, entry);
  };

  return {
    add(entry) {
      const state = sessions.get(entry.who.session);
      while (waitingSize > maxWaitingSize && sessions.size > 1) sessions.giveUpOldest();
      if (entry.kind === 'values') addValues(state, entry.values);
      else if (entry.kind === 'failed') addFailed(state, entry);
      else addRecord(state, entry);
    },
    end() {
      for (const state of sessions.values()) flush(state);
    },
  };
}

function newState<T extends AssembledText, V extends AssembledValues>(): SessionState<T, V> {
  return {
    pending: {
      ...{ who: { session: '' }, text: undefined, values: undefined, durationMs: Number.NaN, timestamp: Number.NaN },
      ...{ error: undefined, plan: undefined, fromPlan: false },
    },
    ...{ stepsMs: 0, error: undefined, errorValues: undefined, subject: 'none' },
  };
}

function isOf<T extends AssembledText, V extends AssembledValues>(
  { text, error }: Pending<T, V>,
  entry: StatementEntry<T, V>,
): boolean {
  return text !== undefined && error === undefined && text.identity === entry.text?.identity;
}

/** Gives `pending` its duration; the time is that of the entry which tells it. */
function time(
  pending: { durationMs: number; timestamp: number; fromPlan: boolean },
  durationMs: number,
  timestamp: number,
): void {
  // Sums of thousandths are rounded back to thousandths, which is what the log has.
  pending.durationMs = Math.round(durationMs * 1000) / 1000;
  if (!Number.isNaN(timestamp)) pending.timestamp = timestamp;
  pending.fromPlan = false;
}

function sizeOf<T extends AssembledText, V extends AssembledValues>({ text, values }: Pending<T, V>): number {
  return (text?.size ?? 0) + (values?.size ?? 0);
}
