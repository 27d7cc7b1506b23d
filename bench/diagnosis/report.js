import { settingSection } from '../machine.js';
import { bullets, table } from '../markdown.js';
import { isWithin } from './judge.js';

/** The whole as Markdown, which is printed and written alike. */
export function render({ setting, apps, targets }) {
  const failures = apps.filter(({ failure }) => failure !== undefined);
  const judged = apps.filter(({ failure }) => failure === undefined);
  return [
    '# The diagnosis, against known faults',
    'Written by `npm run bench:diagnosis`. Each app of `fixtures/apps` has one fault, and its fix: `slow` and `fixed`. Both are run through the built command. A saving is foretold by the findings of `slow` alone; it is realised by `fixed`: the difference of the mean response times of both, measured with one user and nothing attached, or under the load of the scenario where the finding is about that.',
    settingSection(setting),
    ...(setting.isQuick ? ['**A quick run: it shows that the benchmark works, and nothing else.**'] : []),
    bullets(targets.map(targetText)),
    table(
      ['app', 'found', 'grade', 'accused besides', 'foretold', 'realised', 'foretold ÷ realised'],
      judged.map(appRow),
    ),
    'Where no saving is foretold, the finding says why: nothing was tried that would tell it.',
    ...(failures.length > 0
      ? ['## Did not come about', bullets(failures.map(({ id, failure }) => `${id}: ${failure}`))]
      : []),
  ]
    .join('\n\n')
    .concat('\n');
}

function targetText({ title, isMet, misses }) {
  return `${title}: ${isMet ? 'met' : `**MISSED** by ${misses.join(', ')}`}`;
}

function appRow(app) {
  const { id, isFound, outcome, grade = '', accused, foretoldMs, realisedMs } = app;
  const ratio = foretoldMs === undefined ? '' : (foretoldMs / realisedMs).toFixed(2);
  return [
    id,
    isFound ? 'yes' : `**no** (${outcome})`,
    grade,
    accused.length === 0 ? 'nothing' : `**${accused.join(', ')}**`,
    foretoldMs === undefined ? 'none' : `${foretoldMs.toFixed(2)} ms`,
    realisedMs === undefined ? '' : `${realisedMs.toFixed(2)} ms`,
    isWithin(app) === false ? `**${ratio}**` : ratio,
  ];
}
