import type { IndexTrial } from '../model/plan-trials.ts';
import type { PlansArtifact } from '../model/plans.ts';

export type TriedIndex = Extract<IndexTrial, { status: 'tried' }>;
export type EstimatedIndex = Extract<IndexTrial, { status: 'estimated' }>;
export type UntriedIndex = Extract<IndexTrial, { status: 'untried' }>;

export interface GainThresholds {
  /** Share of the statement's time. */
  readonly minGain: number;
  /** Of one request. */
  readonly minGainMs: number;
}

/**
 * The index that helps a statement most, if one helps enough; otherwise the one by which the planner expects most;
 * otherwise the first that could not be tried.
 */
export function wantedIndex(
  { trials }: PlansArtifact,
  { fingerprint, calls }: { readonly fingerprint: string; readonly calls: number },
  { minGain, minGainMs }: GainThresholds,
): TriedIndex | EstimatedIndex | UntriedIndex | undefined {
  const own = trials.filter((trial) => trial.fingerprint === fingerprint);
  const helpful = own
    .filter((trial): trial is TriedIndex => trial.status === 'tried' && trial.used)
    .filter(
      ({ beforeMs, afterMs }) => beforeMs - afterMs >= minGain * beforeMs && (beforeMs - afterMs) * calls >= minGainMs,
    )
    .sort((a, b) => a.afterMs - b.afterMs);
  const promising = own
    .filter((trial): trial is EstimatedIndex => trial.status === 'estimated' && trial.used)
    .filter(({ costBefore, costAfter }) => costBefore - costAfter >= minGain * costBefore)
    .sort((a, b) => a.costAfter - b.costAfter);
  return helpful[0] ?? promising[0] ?? own.find((trial): trial is UntriedIndex => trial.status === 'untried');
}
