import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Failure } from '../model/failure.ts';
import type { HistoryEntry } from '../model/history.ts';
import type { Run } from '../model/run.ts';
import { historyShape } from './history-shape.ts';
import { ShapeError } from './shape.ts';
import { unwritable } from './whole-folder.ts';

/** Most entries that are read: a table of more is read by nobody. */
const mostEntries = 50;

/**
 * Notes a run in `folder`, and returns the path: one file per run, `<UTC time>-<commit>-<scenario>.json`, so that
 * branches and jobs that note theirs at the same time never touch the same file.
 *
 * @param scenarioFile - whose repository tells the commit
 */
export async function noteInHistory(run: Run, folder: string, scenarioFile: string): Promise<string> {
  const commit = await commitOf(dirname(scenarioFile));
  const [time = '', ...name] = run.id.split('-');
  const place = join(folder, [time, commit?.slice(0, 12) ?? 'no-commit', ...name].join('-'));
  const text = `${JSON.stringify(entryOf(run, commit), null, 2)}\n`;
  try {
    await mkdir(folder, { recursive: true });
    return await writeNew(place, text);
  } catch (cause) {
    throw unwritable(folder, cause);
  }
}

async function writeNew(place: string, text: string): Promise<string> {
  for (let copy = 1; ; copy++) {
    const file = `${place}${copy === 1 ? '' : `-${copy}`}.json`;
    const isTaken = await writeFile(file, text, { flag: 'wx' }).then(
      () => false,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return true;
        throw error;
      },
    );
    if (!isTaken) return file;
  }
}

/** Outside of a repository, and without git, there is none. */
async function commitOf(folder: string): Promise<string | undefined> {
  const answer = await promisify(execFile)('git', ['-C', folder, 'rev-parse', 'HEAD']).catch(() => undefined);
  return answer?.stdout.trim() || undefined;
}

function entryOf(run: Run, commit: string | undefined): HistoryEntry {
  const last = run.variants[run.comparison?.after ?? Object.keys(run.variants).at(-1) ?? ''];
  const outcomes = Object.entries(last?.outcomes ?? {});
  return {
    schemaVersion: 1,
    run: run.id,
    startedAt: run.startedAt,
    scenario: run.scenario.name,
    digest: run.scenario.digest,
    ...(commit !== undefined && { commit }),
    machine: run.environment,
    verdict: run.comparison?.verdict ?? 'diagnosis',
    exitCode: run.decision.exitCode,
    reason: run.decision.reason,
    findings: Object.fromEntries(
      outcomes.flatMap(([id, outcome]) => (outcome.status === 'fail' ? [[id, outcome.findings.length]] : [])),
    ),
    metrics: (last?.metrics ?? [])
      .filter(({ name }) => name === run.scenario.gate.metric || name === 'errors')
      .map(({ name, endpoint, unit, value }) => ({ name, endpoint, unit, value })),
  };
}

/** The last runs that were noted in `folder`, oldest first. Throws `history-unreadable` with what is wrong. */
export async function readHistory(folder: string): Promise<readonly HistoryEntry[]> {
  const names = await readdir(folder).catch((cause: Error) => {
    throw new Failure('history-unreadable', { path: folder, reason: cause.message }, { cause });
  });
  // Their names begin with the time.
  const last = names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .slice(-mostEntries);
  if (last.length === 0) throw new Failure('history-unreadable', { path: folder, reason: 'no run is noted in it' });
  return Promise.all(last.map((name) => readEntry(join(folder, name))));
}

async function readEntry(path: string): Promise<HistoryEntry> {
  try {
    const entry: unknown = JSON.parse(await readFile(path, 'utf8'));
    historyShape(entry, '');
    return entry as HistoryEntry;
  } catch (cause) {
    if (
      !(cause instanceof ShapeError || cause instanceof SyntaxError || (cause instanceof Error && 'syscall' in cause))
    )
      throw cause;
    throw new Failure('history-unreadable', { path, reason: cause.message }, { cause });
  }
}
