import { settingSection } from '../machine.js';
import { bullets, table } from '../markdown.js';
import { addedTargetMs } from './round-trips.js';
import { streamTargets } from './stream.js';

/** What was promised and not reached, one line each. */
export function missesOf({ roundTrips, stream }) {
  const slow = roundTrips
    .filter(({ addedMs }) => addedMs > addedTargetMs)
    .map(({ title, addedMs }) => `${title}: ${addedMs.toFixed(3)} ms added, at most ${addedTargetMs} ms`);
  const large = Object.entries(streamTargets).flatMap(([name, limit]) => {
    const most = Math.max(...stream.points.map((point) => point[name]));
    return most <= limit ? [] : [`${streamNames[name]}: ${mib(most)} MiB, at most ${mib(limit)} MiB`];
  });
  return [...slow, ...large];
}

const streamNames = { keptBytes: 'kept after a result', peakBytes: 'at most while its rows pass' };

const mib = (bytes) => (bytes / 2 ** 20).toFixed(1);
const ms = (value) => value.toFixed(3);

/** The whole as Markdown, which is printed and written alike. */
export function render(results) {
  const { setting, roundTrips, stream } = results;
  const misses = missesOf(results);
  return [
    '# The wire tap',
    'Written by `npm run bench:tap`. The tap, its client and PostgreSQL are a process each on one machine.',
    settingSection(setting),
    misses.length === 0 ? 'Every target is met.' : bullets(misses.map((miss) => `**MISSED** ${miss}`)),
    '## Time added to a round trip',
    `One connection beside the tap and one through it ask in turns, at once after each other. Added is the median of the differences of the pairs, at most ${addedTargetMs} ms.`,
    table(
      [
        'round trip',
        'pairs',
        'without (ms)',
        'through the tap (ms)',
        'added (ms)',
        'least to most of a round',
        'target',
      ],
      roundTrips.map(({ title, pairs, directMs, tappedMs, addedMs, addedByRound }) => [
        title,
        pairs.toLocaleString('en-GB'),
        ms(directMs),
        ms(tappedMs),
        ms(addedMs),
        `${ms(Math.min(...addedByRound))} to ${ms(Math.max(...addedByRound))}`,
        addedMs <= addedTargetMs ? 'met' : '**MISSED**',
      ]),
    ),
    '## Memory while rows pass',
    `Results of ${stream.rows.toLocaleString('en-GB')} rows of about 110 bytes, one after the other, to a client that keeps none. Kept is the heap and what is outside of it after garbage collection, beyond what it was before the first; the peak is of the whole process.`,
    table(
      ['result', 'seconds', 'rows per second', 'kept (MiB)', 'peak (MiB)'],
      stream.points.map(({ seconds, keptBytes, peakBytes }, index) => [
        String(index + 1),
        seconds.toFixed(2),
        Math.round(stream.rows / seconds).toLocaleString('en-GB'),
        mib(keptBytes),
        mib(peakBytes),
      ]),
    ),
  ]
    .join('\n\n')
    .concat('\n');
}
