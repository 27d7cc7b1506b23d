import { bindBody, executeBody, parseBody, queryText, targetBody } from './wire-bodies.ts';
import { type MessageHandler, WireError } from './wire-messages.ts';
import type { Pending, WireState } from './wire-state.ts';

/** Statements and bound values are kept up to this size; what is longer is forwarded like everything else. */
const maxKeptBytes = 1 << 20;

/** Bytes of the body that are read, for each message that a client may send after its startup packet. */
const keptBytes = new Map<string, number>([
  ...'QPB'.split('').map((type): [string, number] => [type, maxKeptBytes]),
  ...'DEC'.split('').map((type): [string, number] => [type, 65_536]),
  ...'SHFdcfpX'.split('').map((type): [string, number] => [type, 0]),
]);

/**
 * Follows what a client sends: every message that will be answered is added to `state.pending`.
 *
 * Messages: https://www.postgresql.org/docs/current/protocol-flow.html
 */
export function requestHandler(state: WireState): MessageHandler {
  return {
    begin(type) {
      const kept = keptBytes.get(type);
      if (kept === undefined) throw new WireError(`a client does not send ${JSON.stringify(type)}`);
      return kept;
    },
    piece() {},
    end(type, head, bodyLength) {
      if (type === 'S') sync(state);
      else if (!state.discarding) {
        const pending = pendingOf(state, type, head, bodyLength);
        if (pending) state.pending.push(pending);
      }
    },
  };
}

function pendingOf(state: WireState, type: string, head: Buffer, bodyLength: number): Pending | undefined {
  const passedAt = state.now();
  switch (type) {
    case 'Q':
      return { kind: 'query', sql: queryText(head), passedAt, completed: 0 };
    case 'P':
      return { kind: 'parse', ...state.names.parse(parseBody(head)), passedAt };
    case 'B':
      return { kind: 'bind', ...state.names.bind(bindBody(head, head.length === bodyLength)), passedAt };
    case 'D': {
      const { of, name } = targetBody(head);
      if (of === 'portal') return { kind: 'describe-portal', portal: state.names.portal(name) };
      return { kind: 'describe-statement', statement: state.names.statement(name) };
    }
    case 'E':
      return { kind: 'execute', portal: state.names.portal(executeBody(head)), passedAt };
    case 'C': {
      const { of, name } = targetBody(head);
      const portal = of === 'portal' ? state.names.portal(name) : undefined;
      return { kind: 'close', portal, undo: state.names.close(of, name) };
    }
    case 'F':
      return { kind: 'call' };
    case 'c':
    case 'f':
      return { kind: 'copy-end' };
    default:
      return undefined;
  }
}

function sync(state: WireState): void {
  // While it reads COPY rows the server ignores Sync, so that a client may send it with every Execute.
  if (state.copyingIn && !state.pending.some(({ kind }) => kind === 'copy-end')) return;
  state.discarding = false;
  state.pending.push({ kind: 'sync' });
}
