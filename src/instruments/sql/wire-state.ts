import type { ConnectionExecution, WireRun } from './wire-execution.ts';
import { createWireNames, type Portal, type PreparedStatement, type Undo, type WireNames } from './wire-names.ts';

/** A message of the client that the server has yet to answer; it answers in the order in which they were sent. */
export type Pending =
  | { readonly kind: 'parse'; readonly statement: PreparedStatement; readonly undo: Undo; readonly passedAt: number }
  | { readonly kind: 'bind'; readonly portal: Portal; readonly undo: Undo; readonly passedAt: number }
  | { readonly kind: 'describe-statement'; readonly statement: PreparedStatement }
  | { readonly kind: 'describe-portal'; readonly portal: Portal }
  | { readonly kind: 'close'; readonly portal: Portal | undefined; readonly undo: Undo }
  | { readonly kind: 'execute'; readonly portal: Portal; readonly passedAt: number; run?: WireRun }
  | { readonly kind: 'query'; readonly sql: string; readonly passedAt: number; completed: number; run?: WireRun }
  | { readonly kind: 'call' | 'sync' | 'copy-end' };

/** What the tap knows of one connection between its messages; both directions work on it. */
export interface WireState {
  readonly names: WireNames;
  readonly pending: Pending[];
  /** Cursors between two fetches. */
  readonly suspended: Map<Portal, WireRun>;
  /** Executions that have ended and are to be handed on. */
  finished: ConnectionExecution[];
  /** Whether the server has said for the first time that it is ready. */
  ready: boolean;
  inTransaction: boolean;
  /** After an error the server skips everything up to the next Sync, which the client has not sent yet. */
  discarding: boolean;
  /** The server reads rows of COPY FROM STDIN. */
  copyingIn: boolean;
  lastEndedAt: number;
  /** Process id of the backend, as the server told the client; left out before. */
  backendPid?: number;
  readonly now: () => number;
}

export function createWireState(now: () => number): WireState {
  return {
    names: createWireNames(),
    pending: [],
    suspended: new Map(),
    finished: [],
    ready: false,
    inTransaction: false,
    discarding: false,
    copyingIn: false,
    lastEndedAt: Number.NEGATIVE_INFINITY,
    now,
  };
}
