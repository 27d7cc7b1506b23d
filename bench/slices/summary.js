import { meanInterval } from '../../dist/stats/mean-interval.js';
import { mean } from '../../dist/stats/summary.js';

/** What a slice would leave out at its beginning, in milliseconds. */
export const startMs = 50;
/** A difference at p95 that would matter: a fifth of the usual margin of 10 %. */
export const limit = 0.02;

/** Ages in a slice, in milliseconds: each from the one before up to this. */
const ages = [10, startMs, 100, 250, Number.POSITIVE_INFINITY];

/**
 * What the beginning of a slice does to the p95 that is reported.
 *
 * `lanes`: for each process in each round its answers, as pairs of age in the slice and response time in milliseconds.
 * Returns how much higher the p95 of all is than that without the beginning (0.01 is 1 %; `change`, and its 90 %
 * `interval` over the processes), what that says, and p50 and p95 by age.
 */
export function summarise(lanes) {
  const effects = lanes.map((answers) =>
    Math.log(p95Of(answers) / p95Of(answers.filter(([ageMs]) => ageMs >= startMs))),
  );
  const asChange = (ln) => Math.exp(ln) - 1;
  const interval = (meanInterval(effects) ?? [Number.NaN, Number.NaN]).map(asChange);
  return {
    processes: lanes.length,
    change: asChange(mean(effects)),
    interval,
    state: stateOf(interval),
    ages: ages.map((toMs, index) => ofAge(lanes, ages[index - 1] ?? 0, toMs)),
  };
}

/** Whether it matters, or not, or whether these measurements cannot tell. */
function stateOf([low, high]) {
  if (low > limit || high < -limit) return 'matters';
  return low > -limit && high < limit ? 'does not matter' : 'open';
}

/** The mean over the processes, each of which weighs the same. */
function ofAge(lanes, fromMs, toMs) {
  const within = lanes
    .map((answers) => answers.filter(([ageMs]) => ageMs >= fromMs && ageMs < toMs))
    .filter(({ length }) => length > 0);
  return {
    fromMs,
    toMs,
    answers: within.reduce((sum, { length }) => sum + length, 0),
    p50Ms: mean(within.map((answers) => quantileOf(answers, 0.5))),
    p95Ms: mean(within.map((answers) => quantileOf(answers, 0.95))),
  };
}

const p95Of = (answers) => quantileOf(answers, 0.95);

/** Linear between the two nearest ranks, as the product has it. */
function quantileOf(answers, q) {
  const sorted = answers.map(([, responseMs]) => responseMs).sort((one, other) => one - other);
  const position = q * (sorted.length - 1);
  const rank = Math.floor(position);
  return sorted[rank] + (sorted[Math.min(rank + 1, sorted.length - 1)] - sorted[rank]) * (position - rank);
}
