import type { Revision } from './run.ts';
import { workingTreeRef } from './scenario.ts';

/** What people call a state of the code: `main@1a2b3c4`, `1a2b3c4` for a hash, `working tree@1a2b3c4 (dirty)`. */
export function revisionLabel({ ref, commit, dirty }: Revision): string {
  const short = commit.slice(0, 7);
  if (ref.length >= 7 && commit.startsWith(ref.toLowerCase())) return short;
  return `${ref === workingTreeRef ? 'working tree' : ref}@${short}${dirty ? ' (dirty)' : ''}`;
}
