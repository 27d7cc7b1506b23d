import { stat } from 'node:fs/promises';
import { delimiter, resolve } from 'node:path';
import { execa } from 'execa';
import { Failure, type SourcePosition, throwIfAborted } from '../model/failure.ts';
import type { TargetSpec } from '../model/scenario.ts';
import { withinLifetime } from './during-lifetime.ts';
import { addressOf, freePort, probeAddress } from './free-port.ts';
import { guardProcess } from './lifeline.ts';
import { createOutputTail } from './output-tail.ts';
import { endOf, inOwnGroup, stopGroup } from './process-group.ts';
import { shown, waitUntilReady } from './readiness.ts';

/** A service under test that answers at `url`. */
export interface Service {
  /** Base url with its concrete port. */
  readonly url: string;
  /** Unix socket to connect to in place of the url's host and port. */
  readonly socketPath?: string;
  /** Left out where the service was not started by us. */
  readonly pid?: number;
  /**
   * Settles as `work` does, or rejects with `service-died` where the service ended by itself before it was done.
   *
   * @param pass - named in the message: `measure`, `profile`, `trace`
   * @param work - is given a signal that aborts with `signal`, and when the service ends
   */
  during<T>(pass: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

export interface LaunchOptions {
  readonly target: TargetSpec;
  /** Laid over `target.env`: the variant's and the instruments' variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly positions: Readonly<Record<string, SourcePosition>>;
  readonly signal: AbortSignal;
}

/**
 * Starts `target.command` without a shell in a process group of its own, and waits until it is ready.
 *
 * `${PORT}` becomes a free port in the url, the socket's path, the command and the environment, where it is also set
 * as `PORT`; where the url has a port of its own it is that one. Throws `command-not-found`, `port-taken`, `socket-taken`, `service-exited`, `interrupted`, and what
 * {@link waitUntilReady} throws.
 */
export async function launchService(options: LaunchOptions): Promise<Service> {
  const { target, positions, signal } = options;
  const [program, ...args] = target.command ?? [];
  if (program === undefined) return attachService(target, positions, signal);
  throwIfAborted(signal);

  const port = fixedPort(target) ?? String(await freePort());
  const withPort = (text: string) => text.replaceAll('${PORT}', port);
  const url = withPort(target.url);
  const socketPath = target.socketPath === undefined ? undefined : withPort(target.socketPath);
  if (url === target.url && socketPath === target.socketPath) await requireFree(url, socketPath, positions);

  const env = Object.fromEntries(
    Object.entries({ PORT: port, ...target.env, ...options.env }).map(([name, value]) => [name, withPort(value)]),
  );
  const child = execa(withPort(program), args.map(withPort), {
    cwd: target.cwd,
    env,
    ...inOwnGroup,
  });
  const tail = createOutputTail();
  child.stdout?.on('data', (chunk) => tail.add(chunk));
  child.stderr?.on('data', (chunk) => tail.add(chunk));
  const { pid } = child;
  if (pid === undefined) throw await notStarted(child, program, target.cwd, positions);

  const release = guardProcess(pid);
  let stopping = false;
  const ended = endOf(child);
  const stop = async () => {
    stopping = true;
    await stopGroup(pid, ended);
    release();
    // A descendant that left the group may hold them open for ever.
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  const ready = new AbortController();
  try {
    const how = await Promise.race([
      waitUntilReady({
        url,
        socketPath,
        target,
        positions,
        output: () => tail.toString(),
        signal: AbortSignal.any([signal, ready.signal]),
      }),
      ended,
    ]);
    if (how !== undefined) {
      throw new Failure(
        'service-exited',
        { command: [program, ...args].join(' '), how, output: tail.toString() },
        { at: positions['target.command'] },
      );
    }
  } catch (error) {
    ready.abort();
    await stop();
    throw error;
  }
  return {
    url,
    ...(socketPath !== undefined && { socketPath }),
    pid,
    stop,
    during: (pass, during, work) =>
      withinLifetime(
        // An orderly stop is ours: the work then ends by itself.
        { ended, isExpected: () => stopping },
        during,
        work,
        (how) =>
          new Failure(
            'service-died',
            { how, during: pass, output: tail.toString() },
            { at: positions['target.command'] },
          ),
      ),
  };
}

/** That of a url without `${PORT}`. */
function fixedPort({ url, socketPath }: TargetSpec): string | undefined {
  if (socketPath !== undefined || url.includes('${PORT}')) return undefined;
  const { port, protocol } = new URL(url);
  return port || (protocol === 'https:' ? '443' : '80');
}

/** Uses the service that already listens at `target.url`; it is neither started nor stopped. */
async function attachService(
  target: TargetSpec,
  positions: Readonly<Record<string, SourcePosition>>,
  signal: AbortSignal,
): Promise<Service> {
  const { url, socketPath } = target;
  const probe = await probeAddress(addressOf(url, socketPath));
  if (!probe.open) {
    const detail = { url: shown(new URL(url), socketPath), reason: probe.reason };
    throw new Failure('target-unreachable', detail, { at: positions['target.socket'] ?? positions['target.url'] });
  }
  await waitUntilReady({ url, socketPath, target, positions, output: () => '', signal });
  return {
    url,
    ...(socketPath !== undefined && { socketPath }),
    stop: async () => {},
    during: (_pass, during, work) => work(during),
  };
}

async function requireFree(
  url: string,
  socketPath: string | undefined,
  positions: Readonly<Record<string, SourcePosition>>,
): Promise<void> {
  const address = addressOf(url, socketPath);
  const probe = await probeAddress(address);
  if (!probe.open) return;
  if ('path' in address) throw new Failure('socket-taken', address, { at: positions['target.socket'] });
  throw new Failure('port-taken', { port: address.port, url }, { at: positions['target.url'] });
}

async function notStarted(
  child: PromiseLike<{ readonly cause?: unknown }>,
  program: string,
  cwd: string,
  positions: Readonly<Record<string, SourcePosition>>,
): Promise<Failure> {
  const { cause } = await child;
  const folder = await stat(cwd).catch(() => undefined);
  if (!folder?.isDirectory()) {
    const hint = 'target.cwd is relative to the scenario file';
    return new Failure(
      'scenario-invalid-value',
      { path: 'target.cwd', reason: `there is no folder ${cwd}`, hint },
      { at: positions['target.cwd'] ?? positions.target, cause },
    );
  }
  const reason = await startFault(program, cwd, cause as NodeJS.ErrnoException | undefined);
  return new Failure(
    'command-not-found',
    { command: program, ...(reason !== undefined && { reason }) },
    { at: positions['target.command'], cause },
  );
}

/** Why a program that is there does not start; `undefined` where there is none. */
async function startFault(
  program: string,
  cwd: string,
  cause: NodeJS.ErrnoException | undefined,
): Promise<string | undefined> {
  if (cause?.code === 'ENOENT') return undefined;
  if (cause?.code !== 'EACCES') return cause?.message ?? 'unknown';
  // A folder of PATH that we may not enter gives EACCES too.
  const folders = program.includes('/') ? [cwd] : (process.env.PATH ?? '').split(delimiter);
  const found = await Promise.all(folders.map((folder) => stat(resolve(folder, program)).catch(() => undefined)));
  return found.some((file) => file !== undefined) ? 'it is not executable' : undefined;
}
