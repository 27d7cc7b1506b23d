import { settingSection } from '../machine.js';
import { bullets, table } from '../markdown.js';

// On two cores near twice the 60: nine tenths of it.
const targets = { mbPerCpuSecond: 60, mbPerSecond: 108, peakMb: 300 };

const mbPerCpuSecond = ({ bytes, cpuUs }) => bytes / cpuUs;
const mbPerSecond = ({ bytes, wallMs }) => bytes / wallMs / 1000;
const peakMb = ({ peakBytes }) => peakBytes / 1e6;

/** What was promised and not reached, one line each. */
export function missesOf({ formats, isJudged }) {
  if (!isJudged) return [];
  return formats.flatMap(({ format, whole }) => {
    const perCpu = mbPerCpuSecond(whole);
    const perSecond = mbPerSecond(whole);
    const { found, written } = whole;
    return [
      ...(perCpu < targets.mbPerCpuSecond
        ? [`${format}: ${perCpu.toFixed(1)} MB per CPU second, at least ${targets.mbPerCpuSecond}`]
        : []),
      ...(perSecond < targets.mbPerSecond
        ? [`${format}: ${perSecond.toFixed(1)} MB per second on two cores, at least ${targets.mbPerSecond}`]
        : []),
      ...(peakMb(whole) > targets.peakMb
        ? [`${format}: ${peakMb(whole).toFixed(0)} MB of memory, at most ${targets.peakMb}`]
        : []),
      ...(found.statements === written.statements && found.errors === written.errors
        ? []
        : [
            `${format}: ${found.statements} statements and ${found.errors} errors found, ${written.statements} and ${written.errors} written`,
          ]),
    ];
  });
}

/** The whole as Markdown, which is printed and written alike. */
export function render(results) {
  const { setting, formats } = results;
  const misses = missesOf(results);
  const compared = formats.filter((entry) => entry.compared);
  return [
    '# Reading query logs, beside pgBadger',
    'Written by `npm run bench:queries`.',
    settingSection(setting),
    !results.isJudged
      ? '**A small run: its figures are not judged.**'
      : misses.length === 0
        ? 'Every target is met.'
        : bullets(misses.map((miss) => `**MISSED** ${miss}`)),
    '## What is read',
    `A generated log as PostgreSQL 18 writes it under \`log_min_duration_statement = 0\`: ${results.shapes} statements, a third of them over several lines, in 40 sessions that take turns; three in four with parameters (commas, quotes, line ends) by the extended protocol, with its parse, bind and execute records, the others with literals in their text; transactions, errors, and one N+1. All analysis is on: totals, loops, duplicates, errors, over time.`,
    '## chokepoint',
    `MB are 10⁶ bytes. CPU is user and system time of all threads; memory is the peak of the process (VmHWM). Targets: at least ${targets.mbPerCpuSecond} MB per CPU second, near twice that per second on two cores (at least ${targets.mbPerSecond}), at most ${targets.peakMb} MB of memory whatever the size.`,
    table(
      [
        'format',
        'log',
        'MB per CPU s',
        'wall',
        'MB/s',
        'one thread, MB/s',
        'ratio',
        'peak memory',
        'statements',
        'N+1 found',
      ],
      formats.map(({ format, whole, oneThread }) => [
        format,
        megabytes(whole.bytes),
        mbPerCpuSecond(whole).toFixed(1),
        seconds(whole.wallMs),
        mbPerSecond(whole).toFixed(1),
        mbPerSecond(oneThread).toFixed(1),
        (mbPerSecond(whole) / mbPerSecond(oneThread)).toFixed(2),
        megabytes(whole.peakBytes),
        `${whole.found.statements} of ${whole.written.statements}`,
        String(whole.found.nPlusOne),
      ]),
    ),
    ...(compared.length === 0
      ? []
      : [
          '## Beside pgBadger',
          `On a smaller log of the same kind, since pgBadger would take minutes on the large one: start-up weighs more here. pgBadger runs with \`-j 1\`, and writes HTML; it looks for no loops.`,
          table(
            [
              'format',
              'log',
              'chokepoint, MB per CPU s',
              'pgBadger, MB per CPU s',
              'ratio',
              'chokepoint, wall',
              'pgBadger, wall',
              'chokepoint, memory',
              'pgBadger, memory',
            ],
            compared.map(({ format, compared: { ours, theirs } }) => [
              format,
              megabytes(ours.bytes),
              mbPerCpuSecond(ours).toFixed(1),
              mbPerCpuSecond(theirs).toFixed(1),
              `${(mbPerCpuSecond(ours) / mbPerCpuSecond(theirs)).toFixed(1)} ×`,
              seconds(ours.wallMs),
              seconds(theirs.wallMs),
              megabytes(ours.peakBytes),
              megabytes(theirs.peakBytes),
            ]),
          ),
        ]),
  ]
    .join('\n\n')
    .concat('\n');
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`;
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
