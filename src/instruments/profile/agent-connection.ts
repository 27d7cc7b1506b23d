import type { Socket } from 'node:net';
import { Failure } from '../../model/failure.ts';
import type { AgentCommand, AgentHello, AgentMessage, AgentReply } from './agent-protocol.ts';

/** One thread of the service that loaded the agent. */
export interface AgentConnection {
  readonly hello: AgentHello;
  /**
   * Sends a command and waits for its answer; one at a time. `undefined`: the process ended first.
   *
   * Throws `profile-failed` when the agent reports an error or does not answer within `timeoutMs`.
   */
  ask(command: AgentCommand, timeoutMs: number): Promise<AgentReply | undefined>;
  close(): void;
}

/** What a server of agents hears of them. */
export interface AgentEvents {
  readonly connected: (connection: AgentConnection) => void;
  readonly closed: (connection: AgentConnection) => void;
}

/** Speaks the agent's protocol on a socket that was just accepted; a peer that does not is disconnected. */
export function acceptAgent(socket: Socket, events: AgentEvents): void {
  let connection: AgentConnection | undefined;
  let answer: ((reply: AgentReply | undefined) => void) | undefined;

  const connect = (hello: AgentHello): AgentConnection => ({
    hello,
    async ask(command, timeoutMs) {
      if (socket.destroyed) return undefined;
      const reply = await new Promise<AgentReply | undefined>((resolve) => {
        const timer = setTimeout(() => resolve({ type: 'failed', reason: silence(hello.pid, timeoutMs) }), timeoutMs);
        answer = (received) => {
          clearTimeout(timer);
          answer = undefined;
          resolve(received);
        };
        socket.write(`${JSON.stringify(command)}\n`);
      });
      if (reply?.type === 'failed') throw new Failure('profile-failed', { reason: reply.reason });
      return reply;
    },
    close: () => socket.destroy(),
  });

  readLines(socket, (line) => {
    const message = parseMessage(line);
    if (!message) {
      socket.destroy();
    } else if (message.type !== 'hello') {
      answer?.(message);
    } else if (!connection) {
      connection = connect(message);
      events.connected(connection);
    }
  });
  // A service that is killed resets its socket: `close` follows and says all that matters.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    if (connection) events.closed(connection);
    answer?.(undefined);
  });
}

const silence = (pid: number, timeoutMs: number) =>
  `process ${pid} did not answer within ${timeoutMs / 1000} s: its event loop is blocked`;

function readLines(socket: Socket, onLine: (line: string) => void): void {
  // A profile is one line of megabytes: its chunks are joined once, when it is whole.
  let unread: string[] = [];
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = chunk.split('\n');
    for (const [index, part] of lines.entries()) {
      unread.push(part);
      if (index === lines.length - 1) break;
      onLine(unread.join(''));
      unread = [];
    }
  });
}

function parseMessage(line: string): AgentMessage | undefined {
  try {
    const message: unknown = JSON.parse(line);
    const isMessage = typeof message === 'object' && message !== null && 'type' in message;
    return isMessage ? (message as AgentMessage) : undefined;
  } catch {
    // Whatever wrote this is not the agent.
    return undefined;
  }
}
