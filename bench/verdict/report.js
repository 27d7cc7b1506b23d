import { settingSection } from '../machine.js';
import { bullets, table } from '../markdown.js';
import { trueP95Ms } from './service-times.js';
import { targets } from './summary.js';

/** The whole as Markdown, which is printed and written alike. */
export function render(summary) {
  const { setting, cases, methods } = summary;
  const failures = cases.flatMap(({ failures }) => failures);
  const doubts = cases.flatMap(({ title, distrusts }) =>
    distrusts.map(({ run, reason }) => `${title}, run ${run + 1}: ${reason}`),
  );
  return [
    '# The verdict, against a known truth',
    'Written by `npm run bench:verdict`. The same service on both sides (A/A), and with +10 % and +20 % on its p95: each time the whole measurement of a verdict, in an order drawn anew for every three.',
    settingSection(setting),
    ...(setting.isQuick
      ? ['**A quick run of two rounds each: it shows that the benchmark works, and nothing else.**']
      : []),
    bullets(summary.targets.map(targetText)),
    '## Verdicts',
    `The service keeps a core busy for 4 ms of CPU time in four of five requests and for 8 ms in one, each evenly scattered by a quarter: a true p95 of ${trueP95Ms(1)} ms. A slower side stretches all of it. One user asks, so nothing waits that the service does not see. Rounds are the product's own; margin 10 %, no floor. As the product says it, a change of exactly the margin is \`REGRESSED\` about half of the time: +10 % has no target.`,
    table(
      ['case', 'runs', 'REGRESSED', 'IMPROVED', 'OK', 'INCONCLUSIVE', 'of these not trusted'],
      cases.map(verdictRow),
    ),
    ...(doubts.length > 0 ? ['What is not trusted is inconclusive, for these reasons:', bullets(doubts)] : []),
    '## Figures',
    'Median, and least to most. True: what the service saw of its own p95, over all that it answered. Resolution: the smallest change that a run could have told four times in five.',
    table(['case', 'change', 'true change', 'resolution', 'rounds', 'seconds a verdict'], cases.map(figureRow)),
    '## What others would have said',
    'Of the same recorded rounds. benchstat takes two lists of values and knows of no pairs; it gets the p95 of every round. The stored baseline is the *before* of another run of this benchmark on the same machine within the same hours, drawn at random: one from last week would do worse. A false alarm is any change told at A/A, for the worse or the better; caught is a change for the worse.',
    table(['method', 'false alarms at A/A', 'caught +10 %', 'caught +20 %'], methods.map(methodRow)),
    ...(failures.length > 0 ? ['## Did not come about', bullets(failures.map(failureText))] : []),
  ]
    .join('\n\n')
    .concat('\n');
}

const stateTexts = { met: 'met', missed: '**MISSED**', open: `not judged: fewer than ${targets.runs} runs` };

function targetText({ title, state }) {
  return `${title}: ${stateTexts[state]}`;
}

function verdictRow({ title, runs, verdicts, distrusts }) {
  const { REGRESSED, IMPROVED, OK, INCONCLUSIVE } = verdicts;
  return [title, runs, REGRESSED, IMPROVED, OK, INCONCLUSIVE, distrusts.length].map(String);
}

function figureRow({ title, change, trueChange, resolution, rounds, seconds }) {
  return [
    title,
    spread(change, signedPercent),
    spread(trueChange, signedPercent),
    spread(resolution, percent),
    spread(rounds, String),
    spread(seconds, (value) => value.toFixed(0)),
  ];
}

function methodRow({ name, counts }) {
  const of = (count, id) => `${count} of ${Object.values(counts[id]).reduce((sum, value) => sum + value, 0)}`;
  return [
    name,
    of(counts.same.worse + counts.same.better, 'same'),
    of(counts['+10%'].worse, '+10%'),
    of(counts['+20%'].worse, '+20%'),
  ];
}

function failureText({ case: id, run, message }) {
  return `${id}, run ${run + 1}: ${message.split('\n')[0]}`;
}

function spread(values, text) {
  if (values === undefined) return 'n/a';
  return `${text(values.median)} (${text(values.least)} to ${text(values.most)})`;
}

function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}

/** With a sign, as the reports of the product have it. */
export function signedPercent(share) {
  return `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`;
}
