import { Failure } from '../model/failure.ts';
import { runToEnd } from './run-to-end.ts';

/** A repository, as its working tree. */
export interface Repository {
  /** Absolute path of the top of the working tree, links resolved. */
  readonly root: string;
}

/** What git sets for its hooks; chokepoint may run in one, and means the repository of the scenario all the same. */
const ofAnotherRepository = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_COMMON_DIR',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_NAMESPACE',
  'GIT_PREFIX',
  'GIT_CEILING_DIRECTORIES',
];

/** Our environment, for a git that is to find the repository of the folder in which it runs. */
export function inAnyRepository(): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofAnotherRepository.includes(name)));
}

/** No program of the repository's choice is started: neither a hook nor a file system monitor. */
const harmless = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'advice.detachedHead=false'];

/**
 * Runs git in `folder`; an exit code other than 0 is a result.
 *
 * It asks no questions, speaks English, and takes no lock that it can do without, so that the index stays as it is.
 * Throws `git-missing` and `interrupted`.
 */
export async function git(
  folder: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<{ readonly code: number; readonly stdout: string; readonly output: string }> {
  const env = { ...inAnyRepository(), GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
  const end = await runToEnd({ words: ['git', ...harmless, ...args], cwd: folder, env, ...(signal && { signal }) });
  if (end.status === 'ended') return end;
  if (end.isMissing) throw new Failure('git-missing', { reason: end.how });
  return { code: -1, stdout: '', output: `${end.output}\n    | ${end.how}` };
}

/** What git writes to standard output; `git-failed` with what it says instead. */
export async function gitOutput(
  folder: string,
  args: readonly string[],
  what: string,
  signal?: AbortSignal,
): Promise<string> {
  const { code, stdout, output } = await git(folder, args, signal);
  if (code !== 0) throw new Failure('git-failed', { what, output });
  return stdout;
}

/** The repository whose working tree holds `folder`. Throws `git-no-repository`, `git-missing`, `git-failed`. */
export async function findRepository(folder: string, signal: AbortSignal): Promise<Repository> {
  const { code, stdout, output } = await git(folder, ['rev-parse', '--show-toplevel'], signal);
  if (code === 0 && stdout.trim() !== '') return { root: stdout.replace(/\r?\n$/, '') };
  if (/not a git repository|must be run in a work tree/.test(output)) {
    throw new Failure('git-no-repository', { folder });
  }
  throw new Failure('git-failed', { what: `read the repository of ${folder}`, output });
}
