import type { HttpArtifact } from './http.ts';
import type { LoadArtifact } from './load.ts';
import type { PlansArtifact } from './plans.ts';
import type { ProfileArtifact } from './profile.ts';
import type { QueriesArtifact } from './queries.ts';
import type { RuntimeArtifact } from './runtime.ts';

/** What the passes gather about one variant: one key per instrument. */
export interface Artifacts {
  readonly load: LoadArtifact;
  readonly profile: ProfileArtifact;
  readonly queries: QueriesArtifact;
  readonly plans: PlansArtifact;
  readonly runtime: RuntimeArtifact;
  readonly http: HttpArtifact;
}

export type ArtifactKey = keyof Artifacts;

export const artifactKeys = [
  'load',
  'profile',
  'queries',
  'plans',
  'runtime',
  'http',
] as const satisfies readonly ArtifactKey[];

export type GatheredArtifact<T> =
  | { readonly status: 'gathered'; readonly value: T }
  | { readonly status: 'missing'; readonly reason: string };

/** Every artifact of one variant, or the reason why it is not there. */
export type Gathered = { readonly [K in ArtifactKey]: GatheredArtifact<Artifacts[K]> };
