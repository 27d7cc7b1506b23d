import { splitStatements } from './statement.ts';
import {
  type ColumnDescription,
  commandTag,
  errorCode,
  parameterDescriptionBody,
  rowDescriptionBody,
} from './wire-bodies.ts';
import { beginRun, type WireRun } from './wire-execution.ts';
import { type MessageHandler, WireError } from './wire-messages.ts';
import type { Portal } from './wire-names.ts';
import type { Pending, WireState } from './wire-state.ts';

/** Bytes of the body that are read, for each message that a server may send; of DataRow the result decides. */
const keptBytes = new Map<string, number>([
  ['T', 1 << 20],
  ['t', 1 << 19],
  ['E', 1 << 16],
  ['C', 1 << 10],
  ['Z', 1],
  ['K', 4],
  ...'RSNAvDdcGHIVns123'.split('').map((type): [string, number] => [type, 0]),
]);

/**
 * Follows what a server sends: answers `state.pending` from its head and adds to `state.finished`.
 *
 * Messages: https://www.postgresql.org/docs/current/protocol-flow.html
 */
export function responseHandler(state: WireState): MessageHandler {
  return {
    begin(type) {
      dropCopyEnds(state);
      const kept = keptBytes.get(type);
      // CopyBoth, the stream of replication, is among those that are not followed.
      if (kept === undefined) throw new WireError(`the tap does not follow ${JSON.stringify(type)}`);
      return type === 'D' ? currentRun(state).result().wanted() : kept;
    },
    piece(type, bytes) {
      if (type === 'D' || type === 'd') currentRun(state).result().piece(bytes);
    },
    end(type, head) {
      answers[type]?.(state, head);
      dropCopyEnds(state);
    },
  };
}

/** Nothing answers the end of a COPY, and a server that reads none passes it over: some clients send one more. */
function dropCopyEnds({ pending }: WireState): void {
  while (pending[0]?.kind === 'copy-end') pending.shift();
}

/** Messages that are not here answer nothing: authentication, settings, notices, or the bytes of a COPY. */
const answers: Readonly<Record<string, (state: WireState, head: Buffer) => void>> = {
  '1': (state) => void expect(state, 'parse'),
  '2': (state) => void expect(state, 'bind'),
  '3': (state) => {
    const { portal } = expect(state, 'close');
    if (portal) finishSuspended(state, portal);
  },
  t: (state, head) => {
    const [first] = state.pending;
    if (first?.kind !== 'describe-statement') throw new WireError('parameters were described unasked');
    first.statement.parameterTypes = parameterDescriptionBody(head);
  },
  T: (state, head) => described(state, rowDescriptionBody(head)),
  n: (state) => described(state, []),
  D: (state, head) => currentRun(state).result().row(head),
  C: (state, head) => {
    const { command, rows } = commandTag(head);
    finish(state, rows);
    if (command === 'BEGIN' || command === 'START TRANSACTION') state.inTransaction = true;
    if (command === 'COMMIT') state.inTransaction = false;
  },
  I: (state) => finish(state, 0),
  s: suspend,
  E: (state, head) => fail(state, errorCode(head)),
  G: beginCopyIn,
  K: (state, head) => {
    state.backendPid = head.readInt32BE(0);
  },
  Z: readyForQuery,
};

function expect<K extends Pending['kind']>(state: WireState, kind: K): Extract<Pending, { kind: K }> {
  const first = state.pending.shift();
  if (first?.kind !== kind) throw new WireError(`an answer to ${kind} came instead of one to ${first?.kind}`);
  return first as Extract<Pending, { kind: K }>;
}

function described(state: WireState, columns: readonly ColumnDescription[]): void {
  const [first] = state.pending;
  if (first?.kind === 'query') {
    currentRun(state).describe(columns);
    return;
  }
  if (first?.kind === 'describe-statement') first.statement.columns = columns;
  else if (first?.kind === 'describe-portal') {
    first.portal.columns = columns;
    first.portal.statement.columns ??= columns;
  } else throw new WireError('a result was described unasked');
  state.pending.shift();
}

/** The execution that rows and completions now belong to. */
function currentRun(state: WireState): WireRun {
  const [first] = state.pending;
  if (first?.kind !== 'query' && first?.kind !== 'execute') throw new WireError('a result came unasked');
  first.run ??= startRun(state, first);
  return first.run;
}

function startRun(state: WireState, pending: Extract<Pending, { kind: 'query' | 'execute' }>): WireRun {
  const startedAt = Math.max(pending.passedAt, state.lastEndedAt);
  if (pending.kind === 'execute') {
    const suspended = state.suspended.get(pending.portal);
    suspended?.resume(startedAt);
    return suspended ?? beginRun(pending.portal, startedAt, state.inTransaction);
  }
  const texts = splitStatements(pending.sql);
  const sql = texts[Math.min(pending.completed, texts.length - 1)] ?? pending.sql;
  return beginRun({ sql }, startedAt, state.inTransaction);
}

function finish(state: WireState, rows: number, error?: string): void {
  const run = currentRun(state);
  const now = state.now();
  state.finished.push(run.finish({ now, rows, ...(error === undefined ? {} : { error }) }));
  state.lastEndedAt = now;
  state.copyingIn = false;
  const [first] = state.pending;
  if (first?.kind === 'query') {
    first.completed += 1;
    delete first.run;
  } else {
    if (first?.kind === 'execute') state.suspended.delete(first.portal);
    state.pending.shift();
  }
}

function suspend(state: WireState): void {
  const run = currentRun(state);
  const { portal } = expect(state, 'execute');
  run.suspend(state.now());
  state.lastEndedAt = state.now();
  state.suspended.set(portal, run);
}

/** A cursor that was closed, or ended with its transaction, before its last row. */
function finishSuspended(state: WireState, portal: Portal): void {
  const run = state.suspended.get(portal);
  if (!run) return;
  state.suspended.delete(portal);
  state.finished.push(run.finish({ now: state.now(), rows: 0 }));
}

function fail(state: WireState, error: string): void {
  const [first] = state.pending;
  // Without anything under way it is the server that ends the connection, or a commit that failed at Sync.
  if (!first || first.kind === 'sync' || first.kind === 'call') return;
  if (first.kind === 'query') {
    finish(state, 0, error);
    return;
  }
  if (first.kind === 'execute') finish(state, 0, error);
  else if (first.kind === 'parse' || first.kind === 'bind') {
    const of = first.kind === 'bind' ? first.portal : first.statement;
    const startedAt = Math.max(first.passedAt, state.lastEndedAt);
    const now = state.now();
    state.finished.push(beginRun(of, startedAt, state.inTransaction).finish({ now, rows: 0, error }));
    state.lastEndedAt = now;
  }
  skipToSync(state);
}

/** The server skips what was sent behind the failed message, up to the next Sync: take its effects back. */
function skipToSync(state: WireState): void {
  const sync = state.pending.findIndex(({ kind }) => kind === 'sync');
  const skipped = state.pending.splice(0, sync === -1 ? state.pending.length : sync);
  for (const pending of skipped.reverse()) {
    if ('undo' in pending) pending.undo();
  }
  state.discarding = sync === -1;
  state.copyingIn = false;
}

function beginCopyIn(state: WireState): void {
  currentRun(state);
  state.copyingIn = true;
  const end = state.pending.findIndex(({ kind }) => kind === 'copy-end');
  const before = state.pending.splice(0, end === -1 ? state.pending.length : end);
  state.pending.unshift(...before.filter(({ kind }) => kind !== 'sync'));
}

function readyForQuery(state: WireState, head: Buffer): void {
  if (state.ready) {
    const first = state.pending.shift();
    if (first?.kind !== 'sync' && first?.kind !== 'query' && first?.kind !== 'call') {
      throw new WireError('the server is ready too early');
    }
  }
  state.ready = true;
  state.copyingIn = false;
  const idle = head[0] === 0x49;
  state.inTransaction = !idle;
  if (idle) for (const portal of [...state.suspended.keys()]) finishSuspended(state, portal);
}
