import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../../../model/failure.ts';
import type { LogSource } from './analyze-log-files.ts';
import { createEntryReader } from './entry-reader.ts';
import { nameOfLog, openLog } from './open-log.ts';

/** Bytes of a log in which its first time stands, if it has any. */
const beginningBytes = 256 * 1024;

/**
 * The logs that paths name, in the order of their times: a folder stands for all files in it, and a pattern of which
 * the shell found nothing (`'logs/*.gz'`) for those that it fits. Standard input comes last.
 *
 * Where a server wrote the same records in several formats side by side, one of them is taken.
 *
 * @param linePrefix - the server's `log_line_prefix`, where it is known
 */
export async function findLogs(
  paths: readonly string[],
  linePrefix: string | undefined,
): Promise<readonly LogSource[]> {
  const found = (await Promise.all(paths.map(filesOf))).flat();
  const sources = [...new Set(found)].map(
    (path): LogSource => ({ name: nameOfLog(path), open: (note) => openLog(path, note) }),
  );
  if (sources.length < 2) return sources;
  const times = new Map<LogSource, number>();
  for (const source of sources) {
    times.set(
      source,
      source.name === nameOfLog('-') ? Number.POSITIVE_INFINITY : await firstTimeOf(source, linePrefix),
    );
  }
  const timeOf = (source: LogSource) => times.get(source) ?? 0;
  // Of two infinities the difference is no number.
  return sources.toSorted((a, b) => (timeOf(a) === timeOf(b) ? 0 : timeOf(a) - timeOf(b)));
}

async function filesOf(path: string): Promise<readonly string[]> {
  if (path === '-') return [path];
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) return filesIn(path, () => true);
  if (there || !/[*?[]/.test(basename(path))) return [path];
  const pattern = patternOf(basename(path));
  return filesIn(dirname(path), (name) => pattern.test(name));
}

async function filesIn(folder: string, isWanted: (name: string) => boolean): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: Error) => {
    throw new Failure('log-unreadable', { path: folder, reason: cause.message }, { cause });
  });
  const names = entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.') && isWanted(entry.name))
    .map(({ name }) => name)
    .sort();
  const taken = names.filter((name) => !isTwin(name, names));
  if (taken.length === 0) throw new Failure('log-unreadable', { path: folder, reason: 'there is no log in it' });
  return taken.map((name) => join(folder, name));
}

/** With `log_destination = 'stderr, csvlog'` the server writes the same records to `x.log` and to `x.csv`. */
function isTwin(name: string, names: readonly string[]): boolean {
  const better: Readonly<Record<string, readonly string[]>> = { log: ['csv', 'json'], json: ['csv'] };
  const [, stem, extension = '', rest = ''] = /^(.*)\.(log|json)((?:\.\d+)?(?:\.gz|\.zst)?)$/.exec(name) ?? [];
  return (better[extension] ?? []).some((other) => names.includes(`${stem}.${other}${rest}`));
}

function patternOf(glob: string): RegExp {
  const source = glob
    .replace(/[\\^$.+(){}|]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}

/** When the first record of a log was written; infinity where its beginning does not tell. */
async function firstTimeOf({ name, open }: LogSource, linePrefix: string | undefined): Promise<number> {
  let time = Number.POSITIVE_INFINITY;
  const reader = createEntryReader(
    ({ timestamp }) => {
      if (time === Number.POSITIVE_INFINITY && !Number.isNaN(timestamp)) time = timestamp;
    },
    { path: name, linePrefix },
  );
  let bytes = 0;
  try {
    for await (const chunk of open(() => undefined)) {
      reader.add(chunk);
      bytes += chunk.length;
      if (time !== Number.POSITIVE_INFINITY || bytes > beginningBytes) return time;
    }
    reader.end();
  } catch (error) {
    // Whoever reads it to the end says what is wrong with it.
    if (!(error instanceof Failure)) throw error;
  }
  return time;
}
