import { createRandom } from '../../dist/model/random.js';
import { mergeStored, quantileOfStored } from '../../dist/stats/histogram.js';
import { countValues, mannWhitney } from './mann-whitney.js';

/** At which p a test speaks of a change, and from which change on a threshold does; benchstat's own, and our margin. */
const alpha = 0.05;
const limit = 1.1;

/** Fewer values a side cannot reach p = 0.05, whatever they are; benchstat then says "need >= 4 samples". */
const fewestSamples = 4;

const ours = { REGRESSED: 'worse', IMPROVED: 'better', OK: 'same', INCONCLUSIVE: 'unknown' };

/**
 * Ways to judge one measurement. `says` answers `worse`, `better`, `same` or `unknown` from the rounds of a record (two
 * histograms each) and, where it compares with one, from a `baseline`: the rounds of another record, whose before counts.
 */
const methods = [
  { name: 'chokepoint: rounds, interval, margin', says: ({ verdict }) => ours[verdict] },
  {
    name: "benchstat's test: Mann–Whitney U on the p95 of the rounds, p ≤ 0.05",
    says: ({ rounds }) => benchstat(rounds),
  },
  { name: 'Mann–Whitney U on all requests, p ≤ 0.05', says: ({ rounds }) => pooledTest(rounds) },
  { name: '10 % threshold, p95 of all requests, sides in turns', says: ({ rounds }) => threshold(rounds, rounds) },
  {
    name: '10 % threshold, p95 of all requests, stored baseline',
    says: ({ rounds }, baseline) => (baseline === undefined ? 'unknown' : threshold(baseline, rounds)),
  },
];

/** What every method says of every record, in the order of `records`; whose `before` is the baseline is drawn by `seed`. */
export function judgeAll(records, seed) {
  const random = createRandom(seed);
  const baselines = records.map((record) => {
    const others = records.filter((other) => other !== record);
    return others[Math.floor(random() * others.length)]?.rounds;
  });
  return methods.map(({ name, says }) => ({
    name,
    words: records.map((record, index) => says(record, baselines[index])),
  }));
}

function benchstat(rounds) {
  if (rounds.length < fewestSamples) return 'unknown';
  const p95 = (side) => rounds.map((round) => quantileOfStored(round[side], 0.95));
  return wordOf(mannWhitney(countValues(p95('before'), p95('after'))));
}

/** The buckets of the histograms are the values: who falls into the same one ties. */
function pooledTest(rounds) {
  const counts = new Map();
  for (const side of ['before', 'after']) {
    const { buckets, counts: stored } = pool(rounds, side);
    buckets.forEach((bucket, index) => {
      counts.set(bucket, { before: 0, after: 0, ...counts.get(bucket), [side]: stored[index] });
    });
  }
  const ascending = [...counts].sort(([one], [other]) => one - other);
  return wordOf(mannWhitney(ascending.map(([, { before, after }]) => ({ first: before, second: after }))));
}

function wordOf({ p, shift }) {
  if (p > alpha) return 'same';
  return shift > 0 ? 'worse' : 'better';
}

/** Better by the margin is the mirror of worse: ÷ 1.1, as it is in the verdict. */
function threshold(beforeRounds, afterRounds) {
  const ratio =
    quantileOfStored(pool(afterRounds, 'after'), 0.95) / quantileOfStored(pool(beforeRounds, 'before'), 0.95);
  if (ratio >= limit) return 'worse';
  return ratio <= 1 / limit ? 'better' : 'same';
}

function pool(rounds, side) {
  return mergeStored(rounds.map((round) => round[side]));
}
