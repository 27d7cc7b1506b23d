import { closest } from '../model/closest.ts';
import { Failure } from '../model/failure.ts';
import type { Revision } from '../model/run.ts';
import { workingTreeRef } from '../model/scenario.ts';
import { git, gitOutput, type Repository } from './git.ts';

/**
 * The commit that `ref` names now, or that the working tree is at.
 *
 * What git ignores does not make the working tree dirty; a file that it does not know yet does.
 */
export async function resolveRevision({ root }: Repository, ref: string, signal: AbortSignal): Promise<Revision> {
  const isWorkingTree = ref === workingTreeRef;
  const asked = isWorkingTree ? 'HEAD' : ref;
  const { code, stdout } = await git(
    root,
    ['rev-parse', '--verify', '--quiet', '--end-of-options', `${asked}^{commit}`],
    signal,
  );
  const commit = /^[0-9a-f]{40,64}$/m.exec(stdout)?.[0];
  if (code !== 0 || commit === undefined) throw await unknownRef(root, asked, signal);
  if (!isWorkingTree) return { ref, commit, dirty: false };
  const changes = await gitOutput(root, ['status', '--porcelain'], 'tell the state of the working tree', signal);
  return { ref, commit, dirty: changes !== '' };
}

async function unknownRef(root: string, ref: string, signal: AbortSignal): Promise<Failure> {
  const patterns = ['refs/heads', 'refs/tags', 'refs/remotes'];
  const [listed, shallow] = await Promise.all([
    git(root, ['for-each-ref', '--format=%(refname:short)', ...patterns], signal),
    git(root, ['rev-parse', '--is-shallow-repository'], signal),
  ]);
  const names = listed.stdout.split('\n').filter(Boolean);
  // A branch that was fetched and has no local counterpart goes by the name of its remote.
  const suggestion = names.find((name) => name.endsWith(`/${ref}`)) ?? closest(ref, names);
  return new Failure('git-unknown-ref', {
    ref,
    repository: root,
    isShallow: shallow.stdout.trim() === 'true',
    ...(suggestion !== undefined && { suggestion }),
  });
}
