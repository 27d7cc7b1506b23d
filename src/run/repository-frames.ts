import { join, relative, sep } from 'node:path';
import type { Frame, StackProfile } from '../model/profile.ts';
import type { Checkout } from '../model/scenario.ts';

/**
 * A profile of a checkout with the paths that its files have in the repository.
 *
 * Where a checkout lies is chance: the same function of two commits is then one function, and a report names files that
 * are still there.
 */
export function inRepository(profile: StackProfile, checkout: Checkout | undefined): StackProfile {
  if (!checkout) return profile;
  const { root, repository } = checkout;
  const moved = (frame: Frame): Frame =>
    frame.file.startsWith(root + sep) ? { ...frame, file: join(repository, relative(root, frame.file)) } : frame;
  return { ...profile, frames: profile.frames.map(moved) };
}
