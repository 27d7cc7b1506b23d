import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Starts a benchmark for a test, in a process group of its own, whose id is that of the process. */
export function startBench(url, ...args) {
  const child = spawn(process.execPath, [fileURLToPath(url), ...args], { detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const ended = new Promise((resolve) => child.once('close', (status) => resolve({ status, output })));
  return { pid: child.pid, ended };
}
