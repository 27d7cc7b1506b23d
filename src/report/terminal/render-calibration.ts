import type { Calibration } from '../../model/calibration.ts';
import { formatMs, formatShare, plural } from '../format.ts';
import { oneLine } from '../untrusted-text.ts';
import { marginText } from '../verdict-text.ts';
import { type Cell, columnLines, labelled } from './columns.ts';
import { fitEnd, fitEndpoint, wrapText } from './display-width.ts';
import { type Palette, palette, type TerminalOptions, usableWidth } from './palette.ts';

const labelWidth = 11;

/** How the figures of one and the same code scatter, a latency a line, and which margin that allows; the answer first. */
export function renderCalibration(calibration: Calibration, options: TerminalOptions): string {
  const width = usableWidth(options.width);
  const paint = palette(options.color);
  const { scenario, variant, rounds } = calibration;
  const block = (label: string, text: string, color = paint.faint) =>
    labelled(
      { text: label, paint: paint.faint },
      wrapText(oneLine(text), width - labelWidth, 4).map(color),
      labelWidth,
    );
  const against = `${oneLine(scenario.name)} · ${oneLine(variant)} against itself · ${plural(rounds, 'round')}`;
  const lines = [
    paint.strong('chokepoint') + paint.faint(fitEnd(`  calibration · ${against}`, width - 'chokepoint'.length)),
    '',
    ...wrapText(answer(calibration), width, 4).map(paint.strong),
    '',
    ...spreadLines(calibration, width, paint),
    '',
    ...alarmBlock(calibration, block, paint),
    ...calibration.omitted
      .filter(({ name }) => name === calibration.metric)
      .flatMap(({ name, endpoint, reason }) => block('N/A', `${name} of ${endpoint}: ${reason}`)),
    ...block(
      'TRUST',
      calibration.validity.trusted ? 'trusted' : 'not trusted, and so not kept',
      calibration.validity.trusted ? paint.faint : paint.bad,
    ),
    ...calibration.validity.warnings.flatMap(({ level, message }) =>
      block('', message, level === 'untrusted' ? paint.bad : paint.faint),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function answer({ margins, margin, floorMs, metric }: Calibration): string {
  if (margins.length === 0) return `No ${metric} could be compared, so that no margin can be told.`;
  const own = `That of the scenario is ${marginText({ margin, floorMs })}.`;
  const below = `whatever cannot be told stays below the floor of ${formatMs(floorMs)}`;
  if (margins.every((each) => each.margin === undefined)) return `Any margin can be resolved: ${below}. ${own}`;
  const parts = margins.map(({ margin: least, rounds }) =>
    least === undefined ? `any in ${rounds} rounds (${below})` : `${formatShare(least)} in ${rounds} rounds`,
  );
  return `A margin that this machine can resolve: ${parts.join(', ')}. ${own}`;
}

function spreadLines({ spreads }: Calibration, width: number, paint: Palette): readonly string[] {
  if (spreads.length === 0) return [];
  const roundsOf = spreads[0]?.resolutions.map(({ rounds }) => plural(rounds, 'round')) ?? [];
  const head = ['resolves from', '', 'value', 'spread', ...roundsOf].map((text) => ({ text, paint: paint.faint }));
  const rows = spreads.map(({ endpoint, name, valueMs, sd, resolutions, gates }): readonly Cell[] => {
    const cells = [
      name,
      formatMs(valueMs),
      sd.toFixed(3),
      ...resolutions.map(({ change }) => `±${formatShare(change)}`),
    ];
    return [oneLine(endpoint), ...cells].map((text) => ({ text, ...(gates ? {} : { paint: paint.faint }) }));
  });
  return columnLines([head, ...rows], {
    width,
    align: ['left', 'left', 'right', 'right', ...roundsOf.map(() => 'right' as const)],
    flex: 0,
    shorten: fitEndpoint,
  });
}

function alarmBlock(
  { falseAlarms }: Calibration,
  block: (label: string, text: string, color?: Palette['bad']) => readonly string[],
  paint: Palette,
): readonly string[] {
  if (falseAlarms.length === 0) return block('ALARM', 'none: nothing was called a change, and nothing had changed');
  return falseAlarms.flatMap((text, index) => block(index === 0 ? 'ALARM' : '', `false: ${text}`, paint.bad));
}
