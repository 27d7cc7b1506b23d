import { join, relative, sep } from 'node:path';
import type { Frame, StackProfile } from '../model/profile.ts';
import type { QueriesArtifact } from '../model/queries.ts';
import type { Checkout } from '../model/scenario.ts';

/**
 * A profile of a checkout with the paths that its files have in the repository.
 *
 * Where a checkout lies is chance: the same function of two commits is then one function, and a report names files that
 * are still there.
 */
export function inRepository(profile: StackProfile, checkout: Checkout | undefined): StackProfile {
  if (!checkout) return profile;
  return { ...profile, frames: profile.frames.map((frame): Frame => moved(frame, checkout)) };
}

/** The same for the places of statements. */
export function placesInRepository(queries: QueriesArtifact, checkout: Checkout | undefined): QueriesArtifact {
  if (!checkout) return queries;
  const requests = queries.requests.map((request) => ({
    ...request,
    executions: request.executions.map((execution) =>
      execution.place ? { ...execution, place: moved(execution.place, checkout) } : execution,
    ),
  }));
  return { ...queries, requests };
}

function moved<T extends { readonly file: string }>(at: T, { root, repository }: Checkout): T {
  return at.file.startsWith(root + sep) ? { ...at, file: join(repository, relative(root, at.file)) } : at;
}
