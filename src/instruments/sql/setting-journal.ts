import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** A setting of a server before it was changed; `null` where it had none of its own in `postgresql.auto.conf`. */
export interface PreviousSetting {
  readonly name: string;
  readonly previous: string | null;
}

/** What was changed on which server, and by which process. It holds no password: whoever puts it back has one. */
interface JournalEntry {
  readonly server: string;
  readonly machine: string;
  readonly pid: number;
  readonly settings: readonly PreviousSetting[];
}

/** An entry that another process has left behind. */
interface LeftEntry {
  readonly settings: readonly PreviousSetting[];
  remove(): Promise<void>;
}

/** The server behind a connection string, as the journal names it. */
export function serverName(url: string): string {
  const { hostname: host, port, searchParams } = new URL(url);
  return `${searchParams.get('host') ?? host}:${(searchParams.get('port') ?? port) || '5432'}`;
}

/** Writes an entry to the disk before the change that it tells of; returns what removes it. */
export async function writeEntry(
  folder: string,
  server: string,
  settings: readonly PreviousSetting[],
): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${process.pid}-${Date.now()}.json`);
  const entry: JournalEntry = { server, machine: hostname(), pid: process.pid, settings };
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(entry));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  return () => rm(path, { force: true });
}

/** Entries of this server whose process has ended without putting back what it changed. */
export async function leftEntries(folder: string, server: string): Promise<readonly LeftEntry[]> {
  const entries = await entriesOf(folder, server);
  return entries
    .filter(({ entry }) => !isRunning(entry.pid))
    .map(({ path, entry }) => ({ settings: entry.settings, remove: () => rm(path, { force: true }) }));
}

/** Another process that has changed settings of this server and is still at it. */
export async function processAtWork(folder: string, server: string): Promise<number | undefined> {
  const entries = await entriesOf(folder, server);
  return entries.map(({ entry }) => entry.pid).find((pid) => pid !== process.pid && isRunning(pid));
}

/** Those that were written on this machine. */
async function entriesOf(folder: string, server: string) {
  const names = await readdir(folder).catch(() => []);
  const entries = await Promise.all(
    names
      .filter((name) => name.endsWith('.json'))
      .map(async (name) => {
        const path = join(folder, name);
        const entry = parse(await readFile(path, 'utf8').catch(() => ''));
        return entry?.server === server && entry.machine === hostname() ? [{ path, entry }] : [];
      }),
  );
  return entries.flat();
}

function parse(text: string): JournalEntry | undefined {
  try {
    const entry = JSON.parse(text) as JournalEntry;
    return Array.isArray(entry.settings) ? entry : undefined;
  } catch {
    // It was being written when its process ended: nothing had been changed yet.
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It is there, and runs as somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
