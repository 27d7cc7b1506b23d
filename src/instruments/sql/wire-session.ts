import type { ConnectionExecution } from './wire-execution.ts';
import { createMessageReader } from './wire-messages.ts';
import { requestHandler } from './wire-requests.ts';
import { responseHandler } from './wire-responses.ts';
import { createWireState } from './wire-state.ts';

/** Listens to one connection behind its startup packet; both functions throw on bytes that it cannot follow. */
export interface WireSession {
  fromClient(bytes: Buffer): void;
  /** The executions that ended within these bytes. */
  fromServer(bytes: Buffer): readonly ConnectionExecution[];
  /** Whether the client waits for an answer. */
  outstanding(): boolean;
  inTransaction(): boolean;
  /** Process id of the backend, once the server has told it. */
  readonly backendPid: number | undefined;
}

/** `now` gives milliseconds; chunks may be cut anywhere, but must be handed over in the order in which they passed. */
export function createWireSession(now: () => number): WireSession {
  const state = createWireState(now);
  const readRequests = createMessageReader(requestHandler(state));
  const readResponses = createMessageReader(responseHandler(state));
  return {
    fromClient: readRequests,
    fromServer(bytes) {
      readResponses(bytes);
      const { finished } = state;
      state.finished = [];
      return finished;
    },
    outstanding: () => !state.ready || state.pending.length > 0,
    inTransaction: () => state.inTransaction,
    get backendPid() {
      return state.backendPid;
    },
  };
}
