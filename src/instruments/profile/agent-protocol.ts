import type { ThreadWindow } from '../runtime/process-window.ts';
import type { CalledFrame } from './call-sites/capture-stack.ts';

/** Environment variable by which the agent finds the tool's socket. */
export const agentSocketVariable = 'CHOKEPOINT_AGENT_SOCKET';

/** Tool to agent; both ways one JSON document a line. */
export type AgentCommand =
  | { readonly type: 'start'; readonly samplingUs: number }
  | { readonly type: 'stop' }
  /** Of the agent of the trace pass: to tell what was sent since the last time; `isRequest` where one is traced next. */
  | { readonly type: 'take'; readonly isRequest: boolean };

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

/** The statements that one thread handed to its drivers. */
export interface AgentCalls {
  readonly type: 'calls';
  readonly statements: readonly {
    readonly sql: string;
    readonly backendPid?: number;
    /** Numbers of frames, innermost first. */
    readonly stack: readonly number[];
  }[];
  /** Those that were not told before; their numbers go on from there. */
  readonly frames: readonly CalledFrame[];
  /** Source map url, or data url, by url of the script; of the scripts of these frames. */
  readonly sourceMapUrls: Readonly<Record<string, string>>;
  /** Statements that were too many to be noted. */
  readonly lost: number;
}

export type AgentReply =
  | { readonly type: 'started' }
  | AgentRecording
  | AgentCalls
  | { readonly type: 'failed'; readonly reason: string };

export type AgentMessage = AgentHello | AgentReply;
