import type { Frame } from '../../../model/profile.ts';
import type { AgentConnection } from '../agent-connection.ts';
import { type AgentOptions, builtAgentUrl, listenForAgents } from '../agent-server.ts';
import { toFrame } from '../frame-location.ts';
import { createLocator } from '../source-maps.ts';

/** A statement that the service handed to its driver, as the agent in it saw. */
interface SentStatement {
  readonly sql: string;
  /** Process id of the backend that it went to, where the driver knew it. */
  readonly backendPid?: number;
  /** Innermost first, at the places of their sources; frames of Node are left out. */
  readonly stack: readonly Frame[];
}

/** Notes where the statements of a Node service come from that was started with `env`. */
export interface StatementWatch {
  /** To be added to the service's environment. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * What was sent since the last call, in order; `undefined` where a part of the service did not tell.
   *
   * @param next - what comes until the next call: only of a request it is noted for which line a package works
   */
  take(next: 'request' | 'rest'): Promise<readonly SentStatement[] | undefined>;
  close(): Promise<void>;
}

/** The service has answered by then, and waits for nothing but us. */
const answerTimeoutMs = 2_000;

/** Listens for the agents of all threads of the service; `close` must be called. */
export async function watchStatements(options: AgentOptions = {}): Promise<StatementWatch> {
  const threads = new Map<AgentConnection, Thread>();
  const agentUrl = builtAgentUrl(import.meta.url, 'instruments/profile/call-sites', 'trace-agent');
  const server = await listenForAgents(
    { agentUrl, ...options },
    {
      connected: (agent) => threads.set(agent, createThread()),
      closed: (agent) => threads.delete(agent),
    },
  );
  return {
    env: server.env,
    async take(next) {
      const isRequest = next === 'request';
      const taken = await Promise.all([...threads].map(([agent, thread]) => takeFrom(agent, thread, isRequest)));
      return taken.includes(undefined) ? undefined : taken.flatMap((statements) => statements ?? []);
    },
    async close() {
      for (const agent of threads.keys()) agent.close();
      await server.close();
    },
  };
}

/** What is known of the scripts of one thread; both grow with each answer. */
interface Thread {
  /** An answer was missed, and with it frames: the numbers of later ones would mean others. */
  isLost: boolean;
  readonly frames: Frame[];
  readonly sourceMapUrls: Record<string, string>;
  readonly locate: ReturnType<typeof createLocator>;
}

function createThread(): Thread {
  const sourceMapUrls: Record<string, string> = {};
  return { isLost: false, frames: [], sourceMapUrls, locate: createLocator(sourceMapUrls) };
}

async function takeFrom(
  agent: AgentConnection,
  thread: Thread,
  isRequest: boolean,
): Promise<readonly SentStatement[] | undefined> {
  if (thread.isLost) return undefined;
  const { frames, sourceMapUrls, locate } = thread;
  const reply = await agent.ask({ type: 'take', isRequest }, answerTimeoutMs).catch(() => undefined);
  if (reply?.type !== 'calls') {
    thread.isLost = true;
    return undefined;
  }
  Object.assign(sourceMapUrls, reply.sourceMapUrls);
  frames.push(...reply.frames.map(({ name, ...script }) => toFrame(name, script, locate)));
  if (reply.lost > 0) return undefined;
  return reply.statements.map(({ stack, ...statement }) => ({
    ...statement,
    stack: stack.flatMap((id) => frames[id] ?? []),
  }));
}
