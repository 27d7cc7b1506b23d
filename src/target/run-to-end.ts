import { execa } from 'execa';
import { throwIfAborted } from '../model/failure.ts';
import { guardProcess } from './lifeline.ts';
import { createOutputTail } from './output-tail.ts';
import { endOf, inOwnGroup, stopGroup } from './process-group.ts';

interface Program {
  /** The program and its arguments; there is no shell. */
  readonly words: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends it with all that it started; left out for what must come to its end. */
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

type End =
  /** `stdout` is cut after some megabytes. */
  | { readonly status: 'ended'; readonly code: number; readonly stdout: string; readonly output: string }
  /** `how`: `exit code 3`, `signal SIGKILL`, `not done after 600 s`, or why it did not start. */
  | { readonly status: 'failed'; readonly how: string; readonly output: string; readonly isMissing: boolean };

const mostStdout = 8_000_000;

/**
 * Runs a program that ends by itself, in a process group of its own, and leaves none of its descendants behind.
 *
 * `output` is the end of what it wrote, as an indented block. Throws `interrupted` where `signal` aborts.
 */
export async function runToEnd({ words, cwd, env, signal, timeoutMs }: Program): Promise<End> {
  if (signal) throwIfAborted(signal);
  const [program = '', ...args] = words;
  const child = execa(program, args, {
    cwd,
    env,
    extendEnv: false,
    ...inOwnGroup,
  });
  const { pid } = child;
  if (pid === undefined) {
    const cause = (await child).cause as NodeJS.ErrnoException | undefined;
    const isMissing = cause?.code === 'ENOENT';
    return { status: 'failed', how: isMissing ? 'there is no such program' : startFault(cause), output: '', isMissing };
  }
  const tail = createOutputTail();
  const stdout: Buffer[] = [];
  let bytes = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    tail.add(chunk);
    bytes += chunk.length;
    if (bytes <= mostStdout) stdout.push(chunk);
  });
  child.stderr?.on('data', (chunk: Buffer) => tail.add(chunk));

  // What has to clean up must not be killed for the sake of haste.
  const release = signal ? guardProcess(pid) : () => {};
  const ended = endOf(child);
  const how = await Promise.race([ended, untilCut(signal, timeoutMs)]);
  // Descendants of one that ended by itself may live on.
  await stopGroup(pid, ended);
  release();
  child.stdout?.destroy();
  child.stderr?.destroy();
  if (signal) throwIfAborted(signal);
  const code = /^exit code (\d+)$/.exec(how)?.[1];
  if (code === undefined) return { status: 'failed', how, output: tail.toString(), isMissing: false };
  return { status: 'ended', code: Number(code), stdout: Buffer.concat(stdout).toString(), output: tail.toString() };
}

const startFault = (cause: NodeJS.ErrnoException | undefined) =>
  cause?.code === 'EACCES' ? 'it is not executable' : (cause?.message ?? 'it did not start');

/** Resolves when the process is to be ended; without a reason, never. */
function untilCut(signal: AbortSignal | undefined, timeoutMs: number | undefined): Promise<string> {
  return new Promise((resolve) => {
    signal?.addEventListener('abort', () => resolve('interrupted'), { once: true });
    if (timeoutMs !== undefined) {
      setTimeout(() => resolve(`not done after ${Math.round(timeoutMs / 100) / 10} s`), timeoutMs).unref();
    }
  });
}
