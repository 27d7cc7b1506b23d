import { cases } from './cases.js';
import { judgeAll } from './methods.js';
import { recordsOf } from './records.js';

/** What was promised, for so many runs of each case. */
export const targets = { runs: 20, falseAlarms: 0, caughtShare: 0.95, secondsAtMost: 120 };

/** Everything that the report says, from the entries of one file: by case, by method, and the targets. */
export function summarise(entries) {
  const records = recordsOf(entries);
  const sessions = entries.filter(({ kind }) => kind === 'session');
  const busyShares = entries.map(({ busyShare }) => busyShare).filter((share) => share !== undefined);
  const { seed } = sessions[0];
  const judged = judgeAll(records, seed);
  const summary = {
    setting: { ...sessions.at(-1), busyShare: Math.max(...busyShares) },
    cases: cases.map(({ id, title, slower }) => {
      const own = records.filter((record) => record.case === id);
      const failures = openFailures(entries, records).filter((failure) => failure.case === id);
      return { id, title, slower, ...figuresOf(own), failures };
    }),
    methods: judged.map(({ name, words }) => ({
      name,
      counts: Object.fromEntries(
        cases.map(({ id }) => [id, countWords(words.filter((_, index) => records[index].case === id))]),
      ),
    })),
  };
  return { ...summary, targets: judgeTargets(summary) };
}

/** Failures that did not come about when they were tried again either, the last of each. */
function openFailures(entries, records) {
  const keyOf = ({ case: id, run }) => `${run} ${id}`;
  const done = new Set(records.map(keyOf));
  const failures = entries.filter((entry) => entry.kind === 'failure' && !done.has(keyOf(entry)));
  return [...new Map(failures.map((failure) => [keyOf(failure), failure])).values()];
}

function figuresOf(records) {
  const verdicts = { REGRESSED: 0, IMPROVED: 0, OK: 0, INCONCLUSIVE: 0 };
  for (const { verdict } of records) verdicts[verdict] += 1;
  const known = (values) => values.filter((value) => value !== undefined);
  return {
    runs: records.length,
    verdicts,
    distrusts: records.flatMap(({ run, distrust }) => (distrust.length > 0 ? [{ run, reason: distrust[0] }] : [])),
    seconds: spreadOf(records.map(({ seconds }) => seconds)),
    rounds: spreadOf(records.map(({ rounds }) => rounds.length)),
    resolution: spreadOf(known(records.map(({ judgedOn }) => judgedOn.resolution))),
    change: spreadOf(known(records.map(({ judgedOn }) => judgedOn.change))),
    trueChange: spreadOf(records.map(({ truth }) => truth.after / truth.before - 1)),
  };
}

/** Least, median and most; `undefined` where there is nothing. */
function spreadOf(values) {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { least: sorted[0], median, most: sorted[sorted.length - 1] };
}

function countWords(words) {
  const counts = { worse: 0, better: 0, same: 0, unknown: 0 };
  for (const word of words) counts[word] += 1;
  return counts;
}

/** `met`, `missed`, or `open` where more runs are needed; what is missed already stays so with more of them. */
function judgeTargets({ cases }) {
  const byId = Object.fromEntries(cases.map((one) => [one.id, one]));
  const [same, twenty] = [byId.same, byId['+20%']];
  const alarms = same.verdicts.REGRESSED + same.verdicts.IMPROVED;
  const caught = twenty.verdicts.REGRESSED;
  const slowest = Math.max(0, ...cases.map(({ seconds }) => seconds?.most ?? 0));
  const allRun = cases.every(({ runs }) => runs >= targets.runs);
  const state = (isMet, isEnough) => {
    if (isEnough) return isMet ? 'met' : 'missed';
    return 'open';
  };
  return [
    {
      title: `false alarms at A/A: ${alarms} of ${same.runs}, at most ${targets.falseAlarms}`,
      state: alarms > targets.falseAlarms ? 'missed' : state(true, same.runs >= targets.runs),
    },
    {
      title: `+20 % caught: ${caught} of ${twenty.runs}, at least ${targets.caughtShare * targets.runs} of ${targets.runs}`,
      state: state(caught >= targets.caughtShare * twenty.runs, twenty.runs >= targets.runs),
    },
    {
      title: `seconds of the slowest verdict: ${slowest.toFixed(0)}, at most ${targets.secondsAtMost}`,
      state: slowest > targets.secondsAtMost ? 'missed' : state(true, allRun),
    },
  ];
}
