import type { Gathered, PassArtifactKey, PassArtifacts } from '../model/artifacts.ts';
import type { Cause, ComparedMetric, Comparison } from '../model/comparison.ts';
import { latencyQuantiles } from './metrics.ts';

/** An endpoint whose deciding latency got worse or better, with what the other passes saw on both sides. */
export interface EndpointChange {
  readonly endpoint: string;
  /** 1 where it got slower, −1 where it got faster. */
  readonly direction: 1 | -1;
  /** All metrics of this endpoint. */
  readonly metrics: readonly ComparedMetric[];
  readonly before: Gathered;
  readonly after: Gathered;
}

/** What a file of causes finds: the endpoint is the one it was asked about. */
export type CauseCandidate = Omit<Cause, 'endpoint'>;

/** A figure on both sides. */
export type Step = readonly [before: number, after: number];

/** The endpoints of a comparison that regressed or improved, in its order. */
export function endpointChanges(comparison: Comparison, before: Gathered, after: Gathered): readonly EndpointChange[] {
  return comparison.metrics.flatMap(({ endpoint, name, gates, verdict, change }) => {
    if (!gates || !(name in latencyQuantiles) || (verdict !== 'REGRESSED' && verdict !== 'IMPROVED')) return [];
    const metrics = comparison.metrics.filter((metric) => metric.endpoint === endpoint);
    return [{ endpoint, direction: change > 0 ? 1 : -1, metrics, before, after }];
  });
}

/** What one pass gathered on both sides; `undefined` where it is missing on either. */
export function bothSides<K extends PassArtifactKey>(
  { before, after }: Pick<EndpointChange, 'before' | 'after'>,
  key: K,
): readonly [before: PassArtifacts[K], after: PassArtifacts[K]] | undefined {
  const [was, is] = [before[key], after[key]];
  return was.status === 'missing' || is.status === 'missing' ? undefined : [was.value, is.value];
}

/**
 * Whether a figure moved far enough, in the direction of the change, to be more than noise.
 *
 * It must have moved by `least` in its own unit, and by `share` of the smaller of the two; what was or became 0 passes
 * the second.
 */
export function movedBy(
  { direction }: Pick<EndpointChange, 'direction'>,
  [before, after]: Step,
  { least, share }: { readonly least: number; readonly share: number },
): boolean {
  const moved = (after - before) * direction;
  return moved >= least && moved >= share * Math.min(before, after);
}

/**
 * How much of the move of one part remains in the whole; `undefined` where less than half does.
 *
 * A part that grew while another shrank by as much was renamed or replaced, and explains nothing.
 */
export function netMove({ direction }: Pick<EndpointChange, 'direction'>, part: Step, whole: Step): number | undefined {
  const [ofPart, ofWhole] = [part, whole].map(([before, after]) => (after - before) * direction) as [number, number];
  return ofWhole < ofPart / 2 ? undefined : direction * Math.min(ofPart, ofWhole);
}
