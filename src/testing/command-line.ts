import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The command as it is installed: `npm run build` comes before. */
const bin = fileURLToPath(new URL('../../bin/chokepoint.js', import.meta.url));

export interface CommandResult {
  /** As a shell tells it: 128 and the signal's number where a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** Files that are written into the working folder before. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Closes our end of the stream at once, as `| head -1` soon does. */
  readonly close?: 'stdout' | 'stderr';
  /** Where standard output goes instead of to us. */
  readonly stdoutFile?: string;
}

/** A command that still runs. */
export interface RunningCommand {
  /** Resolves once standard error holds `text`; rejects where the command ends before. */
  said(text: string): Promise<void>;
  /** Resolves once all of `text` was taken from us, or is on its way in the pipe. */
  write(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly result: Promise<CommandResult>;
}

/** A working folder and a temporary folder of its own for a command, so that what it leaves behind can be found. */
export interface Sandbox {
  readonly folder: string;
  run(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Like `run`, for those who do not only wait; standard input stays open where there is no `input`. */
  start(args: readonly string[], options?: CommandOptions): Promise<RunningCommand>;
  /** Names of the runs that were kept, and of what was half written. */
  runs(): readonly string[];
  /** Command lines of the processes that belong to it. */
  processes(): readonly string[];
  /** Paths of temporary files and command lines of processes that are still there; waits a second for them to go. */
  leftovers(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

export async function createSandbox(): Promise<Sandbox> {
  const folder = await mkdtemp(join(tmpdir(), 'chokepoint-e2e-'));
  const temporary = join(folder, 'tmp');
  const work = join(folder, 'work');
  await mkdir(temporary);
  await mkdir(work);
  // As root, the embedded PostgreSQL runs as somebody else.
  for (const each of [folder, temporary, work]) await chmod(each, 0o755);
  const remaining = () => [...readdirSync(temporary).map((name) => join(temporary, name)), ...processesOf(folder)];
  const start = async (args: readonly string[], options: CommandOptions = {}) => {
    for (const [name, content] of Object.entries(options.files ?? {})) await writeFile(join(work, name), content);
    return startCommand(args, { ...options, cwd: work, temporary });
  };
  const runsFolder = join(work, '.chokepoint', 'runs');
  return {
    folder: work,
    start,
    run: async (args, options = {}) => (await start(args, { input: '', ...options })).result,
    runs: () => (existsSync(runsFolder) ? readdirSync(runsFolder).filter((name) => name !== '.gitignore') : []),
    processes: () => processesOf(folder),
    async leftovers() {
      const deadline = performance.now() + 1000;
      while (remaining().length > 0 && performance.now() < deadline) await delay(20);
      return remaining();
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

interface Place {
  readonly cwd: string;
  readonly temporary: string;
}

function startCommand(
  args: readonly string[],
  { env = {}, input, close, stdoutFile, cwd, temporary }: CommandOptions & Place,
): RunningCommand {
  const { NO_COLOR, FORCE_COLOR, DATABASE_URL, ...inherited } = process.env;
  const file = stdoutFile === undefined ? undefined : openSync(stdoutFile, 'w');
  const child = spawn(process.execPath, [bin, ...args], {
    cwd,
    env: { ...inherited, TMPDIR: temporary, ...env },
    stdio: ['pipe', file ?? 'pipe', 'pipe'],
  });
  if (file !== undefined) closeSync(file);
  if (close) child[close]?.destroy();
  if (input !== undefined) child.stdin?.end(input);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const result = new Promise<CommandResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({ code: code ?? 128 + (signal ? constants.signals[signal] : 0), ...output });
    });
  });
  return {
    result,
    kill: (signal) => child.kill(signal),
    write: (text) => new Promise((done) => child.stdin?.write(text, () => done())),
    async said(text) {
      while (!output.stderr.includes(text)) {
        if (child.exitCode !== null) throw new Error(`the command ended without "${text}": ${output.stderr}`);
        await delay(10);
      }
    },
  };
}

/** Command lines of processes that work in `folder`, name it, or were given it by their environment. */
function processesOf(folder: string): readonly string[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    const commandLine = readQuietly(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
    const traces = [
      commandLine,
      readQuietly(() => readFileSync(`/proc/${pid}/environ`, 'utf8')),
      readQuietly(() => readlinkSync(`/proc/${pid}/cwd`)),
    ];
    return traces.some((trace) => trace.includes(folder)) ? [`${pid}: ${commandLine}`] : [];
  });
}

/** A process may end while it is looked at, and may be somebody else's. */
function readQuietly(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
