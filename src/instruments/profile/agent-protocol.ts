import type { ThreadWindow } from '../runtime/process-window.ts';

/** Environment variable by which the agent finds the tool's socket. */
export const agentSocketVariable = 'CHOKEPOINT_AGENT_SOCKET';

/** Tool to agent; both ways one JSON document a line. */
export type AgentCommand = { readonly type: 'start'; readonly samplingUs: number } | { readonly type: 'stop' };

/** Sent once by each thread of the service that loaded the agent. */
export interface AgentHello {
  readonly type: 'hello';
  readonly pid: number;
  readonly threadId: number;
  /** The agent's own script, to be left out of profiles. */
  readonly agentUrl: string;
}

/** What one thread recorded between `start` and `stop`. */
export interface AgentRecording {
  readonly type: 'recorded';
  /** As `Profiler.stop` of the inspector gives it. */
  readonly profile: unknown;
  /** Source map url, or data url, by url of the script; only scripts that the profile names. */
  readonly sourceMapUrls: Readonly<Record<string, string>>;
  readonly window: Omit<ThreadWindow, 'eventLoopUtilization'>;
}

export type AgentReply =
  | { readonly type: 'started' }
  | AgentRecording
  | { readonly type: 'failed'; readonly reason: string };

export type AgentMessage = AgentHello | AgentReply;
