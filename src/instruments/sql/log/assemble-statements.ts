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
  readonly who: LogSession;
  readonly timestamp: number | undefined;
  readonly kind: StatementEntryKind;
  readonly durationMs: number | undefined;
  /** Of `statement`, `execute`, `fetch`, `plan` and `failed`. */
  readonly text: T | undefined;
  /** Of `values` and `plan`. */
  readonly values: V | undefined;
  /** Of `error`. */
  readonly error: string | undefined;
  /** Of `plan`. */
  readonly plan: string | undefined;
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

/** One execution, put together. */
export interface AssembledStatement<T extends AssembledText, V extends AssembledValues> {
  readonly who: LogSession;
  readonly text: T;
  readonly values: V | undefined;
  readonly durationMs: number | undefined;
  readonly timestamp: number | undefined;
  readonly error: string | undefined;
  /** As auto_explain logged it. */
  readonly plan: string | undefined;
}

/** A statement whose further entries may still come. */
type Pending<T extends AssembledText, V extends AssembledValues> = {
  -readonly [K in keyof AssembledStatement<T, V>]: AssembledStatement<T, V>[K];
} & {
  /** Only auto_explain has told of it up to now, which does so before the server logs the statement itself. */
  fromPlan: boolean;
};

interface SessionState<T extends AssembledText, V extends AssembledValues> {
  pending: Pending<T, V> | undefined;
  /** Time of parse and bind that belongs to the next execution. */
  stepsMs: number;
  /** The error whose statement may follow, with the values that its context tells. */
  failing: { readonly error: string; values: V | undefined } | undefined;
  /** What values that come next belong to. */
  subject: 'pending' | 'failing' | 'none';
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
  add(entry: StatementEntry<T, V>): void;
  end(): void;
} {
  const sessions = createRecentMap<SessionState<T, V>>(
    maxSessions,
    () => ({ pending: undefined, stepsMs: 0, failing: undefined, subject: 'none' }),
    (state) => flush(state),
  );
  let waitingSize = 0;

  const setPending = (state: SessionState<T, V>, pending: Pending<T, V> | undefined) => {
    waitingSize += sizeOf(pending) - sizeOf(state.pending);
    state.pending = pending;
  };

  function flush(state: SessionState<T, V>): void {
    if (state.pending) emit(state.pending);
    setPending(state, undefined);
  }

  /** Gives `pending` its duration; the time is that of the entry which tells it. */
  const time = (pending: Pending<T, V>, durationMs: number, { timestamp }: StatementEntry<T, V>) => {
    // Sums of thousandths are rounded back to thousandths, which is what the log has.
    pending.durationMs = Math.round(durationMs * 1000) / 1000;
    pending.timestamp = timestamp ?? pending.timestamp;
    pending.fromPlan = false;
  };

  const begin = (state: SessionState<T, V>, { who, text, timestamp }: StatementEntry<T, V>) => {
    if (!text) return undefined;
    flush(state);
    const base = { who, text, timestamp, values: undefined, durationMs: undefined, error: undefined, plan: undefined };
    setPending(state, { ...base, fromPlan: false });
    return state.pending;
  };

  const isOf = (pending: Pending<T, V> | undefined, { text }: StatementEntry<T, V>): pending is Pending<T, V> =>
    pending !== undefined && pending.error === undefined && pending.text.identity === text?.identity;

  const addDuration = (state: SessionState<T, V>, entry: StatementEntry<T, V>, durationMs: number) => {
    const { pending } = state;
    if (pending && pending.error === undefined && (pending.durationMs === undefined || pending.fromPlan)) {
      time(pending, durationMs + state.stepsMs, entry);
      state.stepsMs = 0;
    } else state.stepsMs += durationMs;
  };

  const addExecution = (state: SessionState<T, V>, entry: StatementEntry<T, V>) => {
    const { pending } = state;
    const { durationMs } = entry;
    if (entry.kind === 'fetch' && isOf(pending, entry) && durationMs !== undefined) {
      // The next rows of a cursor: the same execution goes on.
      time(pending, durationMs + (pending.durationMs ?? 0), entry);
      return;
    }
    const planned = pending?.fromPlan && isOf(pending, entry) ? pending : undefined;
    const started = planned ?? begin(state, entry);
    if (started && durationMs !== undefined) {
      time(started, durationMs + state.stepsMs, entry);
      state.stepsMs = 0;
    }
    state.subject = 'pending';
  };

  const addPlan = (state: SessionState<T, V>, entry: StatementEntry<T, V>) => {
    const { pending } = state;
    // With log_statement the text was logged before its plan, and its duration comes after it.
    const started = isOf(pending, entry) && pending.durationMs === undefined ? pending : begin(state, entry);
    if (!started) return;
    time(started, entry.durationMs ?? 0, entry);
    started.fromPlan = true;
    started.plan = entry.plan;
    started.values ??= entry.values;
  };

  const addFailed = (state: SessionState<T, V>, entry: StatementEntry<T, V>) => {
    const { failing, pending } = state;
    if (!failing) return;
    // With log_statement the text was logged before it failed.
    const logged = isOf(pending, entry) && pending.durationMs === undefined;
    const failed = logged ? pending : begin(state, entry);
    if (failed) {
      failed.error = failing.error;
      failed.values = failing.values ?? failed.values;
      failed.timestamp = entry.timestamp ?? failed.timestamp;
    }
    state.failing = undefined;
    state.subject = 'none';
  };

  const addValues = (state: SessionState<T, V>, values: V | undefined) => {
    if (!values) return;
    if (state.subject === 'pending' && state.pending) {
      waitingSize += values.size - (state.pending.values?.size ?? 0);
      state.pending.values = values;
    }
    if (state.subject === 'failing' && state.failing) state.failing.values = values;
  };

  /** Begins a record: what came before it has no more fields. */
  const addRecord = (state: SessionState<T, V>, entry: StatementEntry<T, V>) => {
    state.failing = undefined;
    state.subject = 'none';
    if (entry.kind === 'error') {
      state.failing = { error: entry.error ?? '', values: undefined };
      state.subject = 'failing';
      state.stepsMs = 0;
    } else if (entry.kind === 'duration') addDuration(state, entry, entry.durationMs ?? 0);
    else if (entry.kind === 'parse' || entry.kind === 'bind') {
      flush(state);
      state.stepsMs += entry.durationMs ?? 0;
    } else if (entry.kind === 'plan') addPlan(state, entry);
    else if (entry.kind !== 'message') addExecution(state, entry);
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

function sizeOf<T extends AssembledText, V extends AssembledValues>(pending: Pending<T, V> | undefined): number {
  return pending ? pending.text.size + (pending.values?.size ?? 0) : 0;
}
