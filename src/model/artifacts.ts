import type { CapacityArtifact } from './capacity.ts';
import type { HttpArtifact } from './http.ts';
import type { LoadArtifact } from './load.ts';
import type { PlansArtifact } from './plans.ts';
import type { ProfileArtifact } from './profile.ts';
import type { QueriesArtifact } from './queries.ts';
import type { RuntimeArtifact } from './runtime.ts';

/** What the passes of a run gather about one variant: one key per instrument. */
export interface PassArtifacts {
  readonly load: LoadArtifact;
  readonly profile: ProfileArtifact;
  readonly queries: QueriesArtifact;
  readonly plans: PlansArtifact;
  readonly runtime: RuntimeArtifact;
  readonly http: HttpArtifact;
}

/** All that an audit can judge. */
export interface Artifacts extends PassArtifacts {
  /** Of `chokepoint capacity` alone: a run does not ask more of the service than its scenario says. */
  readonly capacity: CapacityArtifact;
}

export type ArtifactKey = keyof Artifacts;

export type PassArtifactKey = keyof PassArtifacts;

export const passArtifactKeys = [
  'load',
  'profile',
  'queries',
  'plans',
  'runtime',
  'http',
] as const satisfies readonly PassArtifactKey[];

export type GatheredArtifact<T> =
  | { readonly status: 'gathered'; readonly value: T }
  | { readonly status: 'missing'; readonly reason: string };

/** Every artifact of one variant of a run, or the reason why it is not there. */
export type Gathered = { readonly [K in PassArtifactKey]: GatheredArtifact<PassArtifacts[K]> };
