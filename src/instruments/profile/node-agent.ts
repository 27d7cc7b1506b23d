/**
 * Loaded into the service by `NODE_OPTIONS=--import=…`; records when the tool asks it to.
 *
 * It is a guest: it imports nothing but Node, prints nothing, throws nothing into the service and keeps no
 * process alive. Until `start` it is one idle socket. It runs in every thread that loads it: cluster workers,
 * child processes and worker threads each connect on their own.
 */
import { createConnection } from 'node:net';
import { monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { threadId } from 'node:worker_threads';
import type { AgentCommand, AgentMessage, AgentRecording } from './agent-protocol.ts';

/** Period of the timer behind the delay histogram, which is part of every delay that it records. */
const delayResolutionMs = 10;

interface Recorder {
  finish(): Promise<AgentRecording>;
  cancel(): void;
}

interface ProfileNode {
  readonly callFrame: { readonly url: string };
}

/**
 * A function that V8 optimised while its loop ran (on-stack replacement) is unknown to a profiler that starts
 * later: its samples go to its caller, in one run of the same service and not in the next. Functions that are
 * called per request are optimised all the same, at their next call.
 */
const keepFrames = '--no-use-osr';

const socketPath = process.env.CHOKEPOINT_AGENT_SOCKET;
if (socketPath) {
  setFlagsFromString(keepFrames);
  serve(socketPath);
}

function serve(path: string): void {
  const socket = createConnection(path);
  socket.unref();
  socket.setEncoding('utf8');
  let recorder: Recorder | undefined;
  let unread = '';
  let turn: Promise<void> = Promise.resolve();

  const send = (message: AgentMessage) => {
    if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
  };
  const inTurn = (action: () => Promise<void>) => {
    turn = turn.then(action).catch((error: unknown) => send({ type: 'failed', reason: String(error) }));
  };
  const obey = async (command: AgentCommand) => {
    if (command.type === 'start') {
      recorder?.cancel();
      recorder = await record(command.samplingUs);
      send({ type: 'started' });
    } else if (recorder) {
      const finishing = recorder;
      recorder = undefined;
      send(await finishing.finish());
    }
  };

  // The tool may be gone before the service is: that is no concern of the service.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => inTurn(async () => recorder?.cancel()));
  socket.on('data', (chunk) => {
    const lines = (unread + chunk).split('\n');
    unread = lines.pop() ?? '';
    for (const line of lines) inTurn(async () => obey(JSON.parse(line) as AgentCommand));
  });
  send({ type: 'hello', pid: process.pid, threadId, agentUrl: import.meta.url });
}

async function record(samplingUs: number): Promise<Recorder> {
  // Imported late: a Node built without the inspector throws here, where it is reported, and not into the service.
  const { Session } = await import('node:inspector');
  const session = new Session();
  session.connect();
  const post = <T>(method: string, params: object = {}) =>
    new Promise<T>((resolve, reject) => {
      session.post(method, params, (error: Error | null, result?: object) => {
        if (error) reject(error);
        else resolve(result as T);
      });
    });

  let gcMs = 0;
  let gcCount = 0;
  const countCollections = (entries: readonly { readonly duration: number }[]) => {
    gcCount += entries.length;
    for (const entry of entries) gcMs += entry.duration;
  };
  const collections = new PerformanceObserver((list) => countCollections(list.getEntries()));
  const delay = monitorEventLoopDelay({ resolution: delayResolutionMs });
  const release = () => {
    delay.disable();
    collections.disconnect();
    session.disconnect();
  };

  await post('Profiler.enable');
  await post('Profiler.setSamplingInterval', { interval: samplingUs });
  await post('Profiler.start');
  collections.observe({ entryTypes: ['gc'] });
  delay.enable();
  const startedAt = performance.now();
  const cpuAtStart = process.cpuUsage();

  return {
    async finish() {
      // Read before the profiler stops: ending a profile keeps the loop busy for tens of milliseconds.
      const windowMs = performance.now() - startedAt;
      const cpu = process.cpuUsage(cpuAtStart);
      const memory = process.memoryUsage();
      countCollections(collections.takeRecords());
      const lateMs = delay.percentile(99) / 1e6 - delayResolutionMs;
      const { profile } = await post<{ profile: { nodes: readonly ProfileNode[] } }>('Profiler.stop');
      const named = new Set(profile.nodes.map((node) => node.callFrame.url));
      const sourceMapUrls: Record<string, string> = {};
      session.on('Debugger.scriptParsed', ({ params: { url, sourceMapURL } }) => {
        if (sourceMapURL && named.has(url)) sourceMapUrls[url] = sourceMapURL;
      });
      // Both in the same turn, so that no code of the service ever runs under the debugger.
      await Promise.all([post('Debugger.enable'), post('Debugger.disable'), post('Profiler.disable')]);
      release();
      return {
        type: 'recorded',
        profile,
        sourceMapUrls,
        window: {
          pid: process.pid,
          threadId,
          windowMs,
          eventLoopDelayP99Ms: Number.isFinite(lateMs) ? Math.max(0, lateMs) : 0,
          gcMs,
          gcCount,
          cpuMs: (cpu.user + cpu.system) / 1000,
          heapUsedBytes: memory.heapUsed,
          rssBytes: memory.rss,
        },
      };
    },
    cancel: release,
  };
}
