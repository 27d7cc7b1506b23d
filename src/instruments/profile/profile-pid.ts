import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, throwIfAborted } from '../../model/failure.ts';
import type { StackProfile } from '../../model/profile.ts';
import { parseCpuProfile } from './cpu-profile.ts';
import { connectInspector, type InspectorClient } from './inspector-client.ts';
import { createLocator } from './source-maps.ts';
import { createStackBuilder } from './stack-builder.ts';
import { addCpuCalls } from './stack-profile.ts';

const samplingUs = 1000;
const openTimeoutMs = 5000;
/** Where Node listens when SIGUSR1 opens its inspector, unless it was started with --inspect-port. */
const defaultPort = 9229;

/**
 * Closed from within its own session the inspector would wait for itself, so it is closed a moment after we left.
 * `require` is there only while the expression runs, and an error in the timer would end the service.
 */
const closeInspector = `{
  const inspector = require('node:inspector');
  setTimeout(() => { try { inspector.close(); } catch {} }, 50).unref();
  undefined;
}`;

interface ProcWithDebug {
  /** Sends what makes a Node process open its inspector; SIGUSR1 on POSIX. */
  _debugProcess(pid: number): void;
}

/**
 * Profiles the main thread of a Node process that already runs, without having prepared it.
 *
 * Its inspector is opened for the window and closed after it, unless it was open before. Linux only: elsewhere
 * it cannot be told whether the signal would end the process. Throws `profile-failed`, `interrupted`.
 */
export async function profilePid(
  pid: number,
  durationMs: number,
  signal: AbortSignal,
  port: number = defaultPort,
): Promise<StackProfile> {
  throwIfAborted(signal);
  const wasOpen = (await inspectorUrl(port)) !== undefined;
  if (!wasOpen) {
    await requireNode(pid);
    (process as unknown as ProcWithDebug)._debugProcess(pid);
  }
  const client = await connectInspector(await waitForInspector(port, signal));
  try {
    const answering = await evaluate(client, 'process.pid');
    if (answering !== pid) {
      throw failed(`port ${port} is the inspector of process ${answering}, not of ${pid}: end that debugger first`);
    }
    return await record(client, durationMs, signal);
  } finally {
    // It may have died, which then is what was thrown.
    if (!wasOpen) await evaluate(client, closeInspector).catch(() => undefined);
    client.close();
  }
}

async function record(client: InspectorClient, durationMs: number, signal: AbortSignal): Promise<StackProfile> {
  const sourceMapUrls: Record<string, string> = {};
  client.onEvent((method, { url, sourceMapURL }) => {
    if (method !== 'Debugger.scriptParsed' || typeof url !== 'string') return;
    if (typeof sourceMapURL === 'string' && sourceMapURL !== '') sourceMapUrls[url] = sourceMapURL;
  });
  await client.post('Profiler.enable');
  await client.post('Profiler.setSamplingInterval', { interval: samplingUs });
  await client.post('Profiler.start');
  await sleep(durationMs, undefined, { signal: AbortSignal.any([signal, client.closed]) }).catch(() => undefined);
  const { profile } = await client.post('Profiler.stop');
  throwIfAborted(signal);
  // Both are sent at once, and breakpoints are off: the service must not stop at a `debugger` statement.
  await Promise.all([
    client.post('Debugger.enable'),
    client.post('Debugger.setSkipAllPauses', { skip: true }),
    client.post('Debugger.disable'),
  ]);
  const stacks = createStackBuilder();
  addCpuCalls(stacks, parseCpuProfile(profile, 'the profile'), { locate: createLocator(sourceMapUrls) });
  return stacks.build();
}

async function evaluate(client: InspectorClient, expression: string): Promise<unknown> {
  // The command line API gives `require` to modules too, which have none of their own.
  const { result } = await client.post('Runtime.evaluate', { expression, includeCommandLineAPI: true });
  return (result as { readonly value?: unknown } | undefined)?.value;
}

/** SIGUSR1 ends a process that does not handle it: only one that does, and is Node, is sent it. */
async function requireNode(pid: number): Promise<void> {
  if (process.platform !== 'linux') throw failed('a running process can only be profiled on Linux');
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined);
  if (status === undefined) throw failed(`there is no process ${pid}`);
  const caught = /^SigCgt:\s*([0-9a-f]+)/m.exec(status)?.[1];
  const usr1 = 1n << 9n;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const isNode = /^[^\0]*node/i.test(command) || /^Name:\s*node/m.test(status);
  if (!isNode || caught === undefined || (BigInt(`0x${caught}`) & usr1) === 0n) {
    throw failed(`process ${pid} is not a Node process whose inspector can be opened`);
  }
}

async function waitForInspector(port: number, signal: AbortSignal): Promise<string> {
  const deadline = performance.now() + openTimeoutMs;
  while (performance.now() < deadline) {
    throwIfAborted(signal);
    const url = await inspectorUrl(port);
    if (url !== undefined) return url;
    await sleep(50);
  }
  throw failed(`its inspector did not open on port ${port} within ${openTimeoutMs / 1000} s`);
}

async function inspectorUrl(port: number): Promise<string | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/json/list`, { signal: AbortSignal.timeout(1000) });
    const targets = (await response.json()) as readonly { readonly webSocketDebuggerUrl?: string }[];
    return targets[0]?.webSocketDebuggerUrl;
  } catch {
    // Nothing listens there, or it is no inspector: the caller waits or says so.
    return undefined;
  }
}

const failed = (reason: string) => new Failure('profile-failed', { reason });
