import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, throwIfAborted } from '../../model/failure.ts';
import type { StackProfile } from '../../model/profile.ts';
import { mergeThreadWindows, type ServiceWindow } from '../runtime/process-window.ts';
import type { AgentConnection } from './agent-connection.ts';
import type { AgentRecording, AgentReply } from './agent-protocol.ts';
import { type AgentOptions, builtAgentUrl, listenForAgents } from './agent-server.ts';
import { type CpuCall, parseCpuProfile } from './cpu-profile.ts';
import { createLocator } from './source-maps.ts';
import { createStackBuilder } from './stack-builder.ts';
import { addCpuCalls, busyShare } from './stack-profile.ts';

/** 1 ms costs the service about 8 %; ten times finer costs it 60 to 100 %. */
const samplingUs = 1000;
/** A loop that is blocked for longer than this answers nobody's requests either. */
const answerTimeoutMs = 30_000;

/** What a service did between `start` and `stop`. */
export interface NodeRecording {
  readonly windowMs: number;
  readonly samplingUs: number;
  /** All threads of all processes in one tree. */
  readonly profile: StackProfile;
  readonly runtime: ServiceWindow;
  /** Threads that ended within the window and took their samples with them. */
  readonly lostThreads: number;
}

/** Records the CPU of a Node service that was started with `env`. */
export interface NodeProfiler {
  /** To be added to the service's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Waits until a thread of the service is connected and tells how many are; 0 where none came in time. */
  attached(timeoutMs: number, signal: AbortSignal): Promise<number>;
  /** Opens the window; throws `profile-failed` or, where no process is left, `service-died`. */
  start(): Promise<void>;
  /** Closes the window that `start` opened; throws like it. */
  stop(): Promise<NodeRecording>;
  close(): Promise<void>;
}

/**
 * Listens for the agent on a Unix socket in a folder that only this user can enter.
 *
 * `close` must be called: it removes the socket, and lets a service that still runs go on alone.
 */
export async function createNodeProfiler(options: AgentOptions = {}): Promise<NodeProfiler> {
  const agents = new Set<AgentConnection>();
  let started: Map<AgentConnection, Promise<AgentReply | undefined>> | undefined;
  const begin = (agent: AgentConnection) => {
    const reply = agent.ask({ type: 'start', samplingUs }, answerTimeoutMs);
    // It is awaited by `start` or `stop`: until then a rejection must not count as unhandled.
    reply.catch(() => undefined);
    started?.set(agent, reply);
  };
  const agentUrl = builtAgentUrl(import.meta.url, 'instruments/profile', 'node-agent');
  const server = await listenForAgents(
    { agentUrl, ...options },
    {
      connected: (agent) => {
        agents.add(agent);
        // A worker that was forked within the window still has the rest of it.
        if (started) begin(agent);
      },
      closed: (agent) => agents.delete(agent),
    },
  );

  return {
    env: server.env,

    async attached(timeoutMs, signal) {
      const deadline = performance.now() + timeoutMs;
      while (agents.size === 0 && performance.now() < deadline) {
        throwIfAborted(signal);
        await sleep(10);
      }
      return agents.size;
    },

    async start() {
      started = new Map();
      for (const agent of agents) begin(agent);
      try {
        const replies = await Promise.all(started.values());
        if (!replies.some((reply) => reply !== undefined)) throw gone();
      } catch (error) {
        started = undefined;
        throw error;
      }
    },

    async stop() {
      const running = started ?? new Map<AgentConnection, Promise<AgentReply | undefined>>();
      started = undefined;
      const replies = await Promise.all([...running].map(([agent, start]) => finish(agent, start)));
      const recordings = replies.filter((reply) => reply !== undefined);
      if (recordings.length === 0) throw gone();
      const runtime = mergeThreadWindows(
        recordings.map(({ recording, calls }) => ({ ...recording.window, eventLoopUtilization: busyShare(calls) })),
      );
      return {
        windowMs: runtime.windowMs,
        samplingUs,
        profile: mergeRecordings(recordings),
        runtime,
        lostThreads: replies.length - recordings.length,
      };
    },

    async close() {
      for (const agent of agents) agent.close();
      await server.close();
    },
  };
}

interface Recorded {
  readonly agent: AgentConnection;
  readonly recording: AgentRecording;
  readonly calls: readonly CpuCall[];
}

async function finish(agent: AgentConnection, start: Promise<AgentReply | undefined>): Promise<Recorded | undefined> {
  if ((await start) === undefined) return undefined;
  const recording = await agent.ask({ type: 'stop' }, answerTimeoutMs);
  if (recording?.type !== 'recorded') return undefined;
  return { agent, recording, calls: parseCpuProfile(recording.profile, `the profile of process ${agent.hello.pid}`) };
}

function mergeRecordings(recordings: readonly Recorded[]): StackProfile {
  const stacks = createStackBuilder();
  for (const { agent, recording, calls } of recordings) {
    addCpuCalls(stacks, calls, {
      ignoreUrl: agent.hello.agentUrl,
      locate: createLocator(recording.sourceMapUrls),
    });
  }
  return stacks.build();
}

const gone = () => new Failure('service-died', { how: 'no process of it is left', during: 'profile', output: '' });
