import { alpha, type ComparedMetric, type ComparisonDesign } from '../model/comparison.ts';
import type { Gate } from '../model/gate.ts';
import { studentTQuantile, studentTUpperTail } from '../stats/student-t.ts';
import { limitsOf } from './compare-metric.ts';
import { scatterOf } from './scatter.ts';

/** The most rounds that a scenario may have. */
const mostRounds = 50;

/**
 * Rounds in all that would probably tell what these could not, if effect and scatter stay as they were seen;
 * `undefined` where none would, up to 50.
 *
 * Of the metrics that decide and cannot be told the one that needs most. Two runs apart carry an allowance for what the
 * machine did in between, which rounds do not shrink.
 */
export function roundsNeeded(
  deciding: readonly ComparedMetric[],
  gate: Gate,
  design: ComparisonDesign,
): number | undefined {
  if (design === 'separate') return undefined;
  const unsure = deciding.filter(({ verdict }) => verdict === 'INCONCLUSIVE');
  // Those that Holm's correction is shared by; see `compareVariants`.
  const sharing = Math.max(1, deciding.filter(({ p }) => p < 1).length);
  const needed = unsure.map((metric) => roundsFor(metric, gate, sharing));
  const known = needed.filter((rounds) => rounds !== undefined);
  return known.length === needed.length && known.length > 0 ? Math.max(...known) : undefined;
}

function roundsFor(metric: ComparedMetric, gate: Gate, sharing: number): number | undefined {
  const { effect, sd } = scatterOf(metric);
  const limits = limitsOf(metric, gate);
  for (let rounds = Math.max(2, metric.rounds + 1); rounds <= mostRounds; rounds++) {
    const standardError = sd / Math.sqrt(rounds);
    const halfWidth = studentTQuantile(1 - alpha, rounds - 1) * standardError;
    const isWithin = effect + halfWidth <= limits.worse && halfWidth - effect <= limits.better;
    const matters = effect > 0 ? effect >= limits.worse : -effect >= limits.better;
    if (isWithin || (matters && isReal(Math.abs(effect), standardError, rounds, sharing))) return rounds;
  }
  return undefined;
}

/** Whether chance would be ruled out for so many metrics at once, by the t test and by the 2ⁿ sign changes alike. */
function isReal(effect: number, standardError: number, rounds: number, sharing: number): boolean {
  const p = Math.max(studentTUpperTail(effect / standardError, rounds - 1), 2 ** -rounds);
  return p * sharing <= alpha;
}
