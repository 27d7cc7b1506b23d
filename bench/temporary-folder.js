import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { endAll } from './processes.js';

/** Gives `work` a folder; that and every process that was started are gone afterwards, and when a signal ends this one. */
export async function inTemporaryFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-bench-'));
  const cleanUp = () => {
    endAll();
    rmSync(folder, { recursive: true, force: true });
  };
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ]) {
    process.once(signal, () => {
      cleanUp();
      process.exit(128 + number);
    });
  }
  try {
    return await work(folder);
  } finally {
    cleanUp();
  }
}

/** Prints a report, and writes it to `out` where there is one. */
export function publish(text, out) {
  process.stdout.write(text);
  if (out === undefined) return;
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, text);
}
