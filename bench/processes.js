import { fork, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Ways to end whatever still runs, each by the id of its process. */
const running = new Set();

/** Ends every process that this module started and that has not ended by itself. */
export function endAll() {
  for (const end of running) end();
}

/**
 * Starts the module at `url` as a process of its own, so that its CPU time is nobody else's.
 *
 * It is told to end by the loss of its channel, which it also has when this process dies. `endSignal` is sent where that
 * takes too long or nobody waits: one that starts processes itself wants a signal that lets it end them.
 */
export function startModule(url, { execArgv = [], endSignal = 'SIGKILL' } = {}) {
  const path = fileURLToPath(url);
  const name = basename(path);
  const child = fork(path, { execArgv });
  const end = () => child.kill(endSignal);
  running.add(end);
  const ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      running.delete(end);
      resolve(signal ?? code);
    });
  });
  return {
    send: (message) => child.send(message),
    /** The next message; fails when the process ends without one, or takes longer. */
    message: (limitMs) =>
      withLimit(`${name} took longer than ${limitMs} ms`, limitMs, end, (resolve, reject) => {
        child.once('message', (message) => ('error' in message ? reject(new Error(message.error)) : resolve(message)));
        ended.then((how) => reject(new Error(`${name} ended with ${how}`)));
      }),
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

/** Gives a module its one job and waits for the answer. */
export async function runModule(url, job, limitMs, options) {
  const module = startModule(url, options);
  try {
    module.send(job);
    return await module.message(limitMs);
  } finally {
    await module.stop();
  }
}

/** How often the memory of a program is looked at; the kernel keeps its peak, so that the last look tells it. */
const memoryLookMs = 50;

/** The most memory that any process under `pid` has had up to now, in bytes; 0 where there is no /proc. */
function peakBytesUnder(pid) {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    const own = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
    return Math.max(own, ...children.map(peakBytesUnder));
  } catch (error) {
    // It may have ended meanwhile.
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return 0;
    throw error;
  }
}

/**
 * Runs another program and reads its output, its status, how long it took, the CPU time of it and of its children, and the
 * most memory that any of them has had; fails where it ends with a status that is not `accepted`.
 *
 * bash's `time` takes that from the kernel when the program has ended; the program's start is in it, a few milliseconds.
 */
export function runProgram(command, environment, limitMs, accepted = [0]) {
  const child = spawn('bash', ['-c', 'TIMEFORMAT="cpu %U %S"; time "$@"', 'bash', ...command], {
    // A group of its own, so that the program ends with the shell that times it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C', ...environment },
  });
  const end = () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  };
  running.add(end);
  const startedAt = performance.now();
  let peakBytes = 0;
  const looks = setInterval(() => {
    peakBytes = Math.max(peakBytes, peakBytesUnder(child.pid));
  }, memoryLookMs);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return withLimit(`${command[0]} took longer than ${limitMs} ms`, limitMs, end, (resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      const wallMs = performance.now() - startedAt;
      clearInterval(looks);
      running.delete(end);
      const [, user = '0', system = '0'] = /cpu ([\d.]+) ([\d.]+)\s*$/.exec(stderr) ?? [];
      const cpuUs = (Number(user) + Number(system)) * 1e6;
      if (accepted.includes(status)) resolve({ stdout, wallMs, peakBytes, cpuUs });
      else reject(new Error(`${command[0]} ended with ${status}: ${(stderr || stdout).trim().slice(0, 300)}`));
    });
  });
}

function withLimit(message, limitMs, end, start) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      end();
      reject(new Error(message));
    }, limitMs);
    const settled = (settle) => (value) => {
      clearTimeout(timer);
      settle(value);
    };
    start(settled(resolve), settled(reject));
  });
}

/** The other side of `runModule`: does the one job, tells the outcome, and ends with the channel. */
export function serveJob(run) {
  process.once('disconnect', () => process.exit(0));
  process.once('message', (job) => {
    run(job).then(
      (result) => process.send(result),
      (error) => process.send({ error: error.stack }),
    );
  });
}
