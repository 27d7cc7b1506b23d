import { z } from 'zod';
import { nonEmpty, rule, text } from './schema-parts.ts';

/** A command, or several; one that is a list is the words of it. */
export const build = z.union([nonEmpty, z.array(z.union([nonEmpty, z.array(nonEmpty).min(1)])).min(1)]);

/** A hash may look like a number. */
export const gitRef = text.refine(
  (ref) => isRef(String(ref)),
  rule('is not a git ref', 'write a branch, a tag, a commit, or a dot for the working tree as it is'),
);

/** Whether git may be asked for it: what begins with a hyphen would be an option, and no name holds control characters. */
export function isRef(ref: string): boolean {
  return /^[^-\p{Cc}][^\p{Cc}]{0,249}$/u.test(ref);
}
