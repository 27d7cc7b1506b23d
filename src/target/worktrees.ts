import { access, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, sep } from 'node:path';
import { Failure } from '../model/failure.ts';
import { git, gitOutput, type Repository } from './git.ts';
import { guardFolder } from './lifeline.ts';

/** Checkouts of commits, in a temporary folder of their own. */
export interface Worktrees {
  /** Checks a commit out and returns the absolute path of its root. */
  add(name: string, commit: string, signal: AbortSignal): Promise<string>;
  /** Removes all of them, from the folder and from the repository's list. */
  remove(): Promise<void>;
}

const prefix = 'chokepoint-git-';

/**
 * Makes room for checkouts outside of the repository's tree, and clears away what a run left that was killed.
 *
 * `git worktree` writes to `.git/worktrees` alone: the working tree, the index, branches and the stash stay as they
 * are. Entries of others are let be, also where their folder is not there at the moment, so nothing is pruned.
 */
export async function openWorktrees(repository: Repository, signal: AbortSignal): Promise<Worktrees> {
  const { root } = repository;
  await removeLeftovers(root, signal);
  // The number tells a later run whether this one still lives.
  const folder = await mkdtemp(join(await temporaryFolder(root), `${prefix}${process.pid}-`));
  const paths: string[] = [];
  const releases = [guardFolder(folder)];
  return {
    async add(name, commit, signal) {
      const path = join(folder, name);
      paths.push(path);
      await gitOutput(root, ['worktree', 'add', '--detach', '--', path, commit], `check out ${commit}`, signal);
      const entry = await entryOf(path);
      if (entry !== undefined) releases.push(guardFolder(entry));
      await addSubmodules(path, signal);
      return path;
    },
    async remove() {
      for (const path of paths) await removeWorktree(root, path);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      for (const release of releases) release();
    },
  };
}

/** The system's temporary folder, or /tmp where that one lies in the repository. */
async function temporaryFolder(root: string): Promise<string> {
  const folder = await realpath(tmpdir());
  const way = relative(root, folder);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`)) ? '/tmp' : folder;
}

/** The folder in which the repository keeps what it knows of a checkout: the net below an orderly removal. */
async function entryOf(path: string): Promise<string | undefined> {
  const entry = /^gitdir: (.+)$/m.exec(await readFile(join(path, '.git'), 'utf8'))?.[1];
  return entry !== undefined && basename(dirname(entry)) === 'worktrees' ? entry : undefined;
}

/**
 * The first level without `--init`, which would write urls into the configuration that all checkouts share; what
 * lies within a submodule has a configuration of its own.
 */
async function addSubmodules(path: string, signal: AbortSignal): Promise<void> {
  if (!(await hasSubmodules(path))) return;
  const update = (folder: string, args: readonly string[]) =>
    gitOutput(folder, args, `check out the submodules of ${folder}`, signal);
  await update(path, ['-c', 'submodule.active=.', 'submodule', '--quiet', 'update']);
  const { stdout } = await git(path, ['config', '--file', '.gitmodules', '--get-regexp', '\\.path$'], signal);
  for (const [, place = ''] of stdout.matchAll(/^\S+ (.+)$/gm)) {
    const folder = join(path, place);
    if (await hasSubmodules(folder)) {
      await update(folder, ['submodule', '--quiet', 'update', '--init', '--recursive']);
    }
  }
}

function hasSubmodules(folder: string): Promise<boolean> {
  return access(join(folder, '.gitmodules')).then(
    () => true,
    () => false,
  );
}

/** The folder first, whatever state it is in: git then only strikes it from its list. */
async function removeWorktree(root: string, path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5 }).catch((cause: Error) => {
    // A build may leave folders that nobody may write to.
    throw new Failure('git-failed', { what: `remove the checkout ${path}`, output: `: ${cause.message}` }, { cause });
  });
  // Twice: a checkout that was interrupted is locked.
  const { code, output } = await git(root, ['worktree', 'remove', '--force', '--force', '--', path]);
  if (code === 0 || /is not a working tree/.test(output)) return;
  throw new Failure('git-failed', { what: `remove the checkout ${path}`, output });
}

async function removeLeftovers(root: string, signal: AbortSignal): Promise<void> {
  const list = await gitOutput(root, ['worktree', 'list', '--porcelain'], 'list its worktrees', signal);
  for (const [, path = '', folder = '', pid] of list.matchAll(ours)) {
    if (isAlive(Number(pid))) continue;
    await removeWorktree(root, path);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const ours = new RegExp(`^worktree ((.+/${prefix}(\\d+)-\\w+)/[^/\\n]+)$`, 'gm');

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
