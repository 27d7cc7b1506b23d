import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Failure, throwIfAborted } from '../../model/failure.ts';
import type { StackProfile } from '../../model/profile.ts';
import { mergeThreadWindows, type ServiceWindow } from '../runtime/process-window.ts';
import { type AgentConnection, acceptAgent } from './agent-connection.ts';
import { type AgentRecording, type AgentReply, agentSocketVariable } from './agent-protocol.ts';
import { type CpuCall, parseCpuProfile } from './cpu-profile.ts';
import { createLocator } from './source-maps.ts';
import { createStackBuilder } from './stack-builder.ts';
import { addCpuCalls, busyShare } from './stack-profile.ts';

/** 1 ms costs the service about 8 %; ten times finer costs it 60 to 100 %. */
const samplingUs = 1000;
/** A loop that is blocked for longer than this answers nobody's requests either. */
const answerTimeoutMs = 30_000;
/** `sun_path` holds 108 bytes on Linux and 104 on macOS, with the terminating zero. */
const maxSocketPathBytes = 100;

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

interface Options {
  /** Where the compiled agent is; by default beside this module. */
  readonly agentUrl?: string;
  /** The NODE_OPTIONS that the service would have had: they are kept, before ours. */
  readonly nodeOptions?: string;
  /** Told of the temporary folder, so that it goes even where `close` is never called; gives what releases it. */
  readonly guardFolder?: (folder: string) => () => void;
}

/**
 * Listens for the agent on a Unix socket in a folder that only this user can enter.
 *
 * `close` must be called: it removes the socket, and lets a service that still runs go on alone.
 */
export async function createNodeProfiler({
  agentUrl = defaultAgentUrl(),
  nodeOptions = process.env.NODE_OPTIONS ?? '',
  guardFolder = () => () => undefined,
}: Options = {}): Promise<NodeProfiler> {
  if (!existsSync(new URL(agentUrl))) throw new Error(`the agent is not built: ${fileURLToPath(agentUrl)}`);
  const agents = new Set<AgentConnection>();
  let started: Map<AgentConnection, Promise<AgentReply | undefined>> | undefined;
  const begin = (agent: AgentConnection) => {
    const reply = agent.ask({ type: 'start', samplingUs }, answerTimeoutMs);
    // It is awaited by `start` or `stop`: until then a rejection must not count as unhandled.
    reply.catch(() => undefined);
    started?.set(agent, reply);
  };
  const { server, folder, socketPath } = await listen((agent) => {
    agents.add(agent);
    // A worker that was forked within the window still has the rest of it.
    if (started) begin(agent);
  }, agents);
  const release = guardFolder(folder);

  return {
    env: {
      NODE_OPTIONS: [nodeOptions.trim(), `--import=${agentUrl}`].filter(Boolean).join(' '),
      [agentSocketVariable]: socketPath,
    },

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
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await rm(folder, { recursive: true, force: true });
      release();
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

async function listen(
  onAgent: (agent: AgentConnection) => void,
  agents: Set<AgentConnection>,
): Promise<{ server: Server; folder: string; socketPath: string }> {
  const parent = Buffer.byteLength(tmpdir()) > maxSocketPathBytes - 32 ? '/tmp' : tmpdir();
  // mkdtemp makes the folder 0700: nobody else can reach the socket in it.
  const folder = await mkdtemp(join(parent, 'chokepoint-'));
  const socketPath = join(folder, 'agent');
  const server = createServer((socket) => {
    acceptAgent(socket, { connected: onAgent, closed: (agent) => agents.delete(agent) });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  return { server, folder, socketPath };
}

const gone = () => new Failure('service-died', { how: 'no process of it is left', during: 'profile', output: '' });

function defaultAgentUrl(): string {
  // From the sources (in the tests) the agent is the built one: a service cannot load TypeScript.
  const isBuilt = import.meta.url.endsWith('.js');
  return new URL(isBuilt ? './node-agent.js' : '../../../dist/instruments/profile/node-agent.js', import.meta.url).href;
}
