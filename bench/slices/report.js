import { settingSection } from '../machine.js';
import { bullets, table } from '../markdown.js';
import { limit, startMs } from './summary.js';

const stateTexts = {
  matters: `**it matters**, by more than ${percent(limit)}`,
  'does not matter': `it matters by less than ${percent(limit)}`,
  open: `not shown to matter by more than ${percent(limit)}`,
};

/** The whole as Markdown, which is printed and written alike. */
export function render({ setting, isQuick, services }) {
  return [
    '# The beginning of a slice',
    `Written by \`npm run bench:slices\`. In a round two processes take turns in slices of half a second. A process whose turn begins has rested: are its first ${startMs} ms so different that they should not count? Two processes of the same service, by the product's own users, connections and order of slices.`,
    settingSection(setting),
    ...(isQuick ? ['**A quick run: it shows that the benchmark works, and nothing else.**'] : []),
    bullets(
      services.map(
        ({ title, change, interval, state }) =>
          `${title}: p95 of all answers against those after ${startMs} ms ${signed(change)} (90 % interval ${signed(interval[0])} to ${signed(interval[1])}): ${stateTexts[state]}`,
      ),
    ),
    ...services.flatMap(({ title, processes, ages }) => [
      `## ${title}`,
      `Mean over ${processes} processes, by when in its slice a request was due.`,
      table(['due after', 'answers', 'p50', 'p95'], ages.map(ageRow)),
    ]),
  ]
    .join('\n\n')
    .concat('\n');
}

function ageRow({ fromMs, toMs, answers, p50Ms, p95Ms }) {
  const from = Number.isFinite(toMs) ? `${fromMs} to ${toMs} ms` : `${fromMs} ms on`;
  return [from, answers.toLocaleString('en-GB'), ms(p50Ms), ms(p95Ms)];
}

function ms(value) {
  return value === undefined ? 'n/a' : `${value.toFixed(3)} ms`;
}

function percent(share) {
  return `${(share * 100).toFixed(0)} %`;
}

function signed(share) {
  return `${share < 0 ? '−' : '+'}${Math.abs(share * 100).toFixed(2)} %`;
}
