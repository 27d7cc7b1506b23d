import type { ArtifactKey, Artifacts } from './artifacts.ts';
import type { Finding } from './finding.ts';

/** The ten techniques of performance work, by which the catalogue is ordered. */
export const techniques = {
  measure: 'Measure before optimising',
  'round-trips': 'Fewer round trips and smaller payloads',
  caching: 'Caching',
  background: 'Background work',
  indexing: 'Indexing',
  serialization: 'Serialization and pagination',
  pooling: 'Pooling and keep-alive',
  backpressure: 'Rate limits and backpressure',
  rollout: 'Flags and rollouts',
  observability: 'Observability',
} as const;

export type Technique = keyof typeof techniques;

/**
 * One thing that can be wrong with a backend.
 *
 * `run` is pure: artifacts in, findings out, no clock, no I/O. It may throw; the run then goes on without it.
 */
export interface Audit<K extends ArtifactKey = ArtifactKey, O extends object = object> {
  /** Kebab-case noun that names the failing state; also the name of its file and of its docs page. */
  readonly id: string;
  readonly technique: Technique;
  /** Headline where it passes. */
  readonly title: string;
  /** Headline where it fails. */
  readonly failureTitle: string;
  /** Why it costs: holds for the rule, not for one finding. */
  readonly why: string;
  readonly fix: string;
  /** It is skipped where one of these was not gathered. */
  readonly requires: readonly K[];
  readonly defaults: O;
  /**
   * Weaker thresholds than `options`, for the other side of a comparison: a fault that hovers at a threshold is on one
   * side of it in one run and on the other in the next, and is then neither fixed nor introduced.
   */
  relax?(options: O): O;
  run(artifacts: Pick<Artifacts, K>, options: O): readonly Finding[] | { readonly inconclusive: string };
}

/** Ties the types of `requires`, `defaults` and `run` together; returns its argument. */
export function defineAudit<const K extends ArtifactKey, O extends object>(audit: Audit<K, O>): Audit<K, O> {
  return audit;
}

/** What became of one audit on one variant. */
export type Outcome =
  | { readonly status: 'pass'; readonly near?: readonly Finding[] }
  | {
      readonly status: 'fail';
      readonly findings: readonly Finding[];
      /** What stays below the thresholds, but not by far: {@link Audit.relax}. */
      readonly near?: readonly Finding[];
    }
  | { readonly status: 'inconclusive'; readonly reason: string }
  | { readonly status: 'skipped'; readonly missing: ArtifactKey; readonly reason: string }
  | { readonly status: 'errored'; readonly error: string };

/** The texts of an audit, as a run carries them so that reports need no catalogue. */
export type AuditText = Pick<Audit, 'id' | 'technique' | 'title' | 'failureTitle' | 'why' | 'fix'>;
