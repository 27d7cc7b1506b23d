import { type FunctionCost, functionCosts, type StackProfile } from '../../model/profile.ts';
import { formatShare, formatUs, plural } from '../format.ts';
import { frameName, framePlace } from '../frame-label.ts';
import { oneLine } from '../untrusted-text.ts';
import { type Cell, columnLines } from './columns.ts';
import { fitMiddle } from './display-width.ts';
import { type Palette, palette, type TerminalOptions, usableWidth } from './palette.ts';

/** A profile to be shown: of a scenario's flow, with the requests that it answered, or of a process or a file, without. */
export interface ShownProfile {
  readonly title: string;
  readonly profile: StackProfile;
  readonly requests?: number;
}

/** Functions that a terminal shows; the flame graph has all of them. */
const mostFunctions = 15;

/** The functions of a profile by their own CPU time, dearest first: in one request, or in all where no request was counted. */
export function renderProfile({ title, profile, requests }: ShownProfile, options: TerminalOptions): string {
  const width = usableWidth(options.width);
  const paint = palette(options.color);
  const heading = paint.strong(fitMiddle(oneLine(title), width));
  const costs = functionCosts({ profile, requests: requests ?? 1 });
  if (costs.length === 0) return `${heading}\n${emptyProfile(requests)}\n`;
  const total =
    requests === undefined
      ? `${formatUs(profile.totalUs)} of CPU in all`
      : `${formatUs(profile.totalUs / requests)} of CPU in each of ${plural(requests, 'request')}`;
  const hidden = costs.length - mostFunctions;
  return `${[
    heading,
    paint.faint(total),
    ...functionLines(costs.slice(0, mostFunctions), width, paint),
    ...(hidden > 0 ? [paint.faint(`and ${plural(hidden, 'more function')}`)] : []),
  ].join('\n')}\n`;
}

const emptyProfile = (requests: number | undefined) =>
  requests === 0 ? 'no request was answered while it was profiled' : 'no samples: the service used no CPU';

function functionLines(costs: readonly FunctionCost[], width: number, paint: Palette): readonly string[] {
  const head = ['own time', '', 'with callees', 'function'].map((text) => ({ text, paint: paint.faint }));
  const rows = costs.map(({ frame, selfUsPerRequest, selfShare, totalUsPerRequest }): readonly Cell[] => {
    const place = framePlace(frame);
    return [
      { text: formatUs(selfUsPerRequest), paint: paint.strong },
      { text: formatShare(selfShare) },
      { text: formatUs(totalUsPerRequest) },
      {
        text: `${frameName(frame)}${place === '' ? '' : `  ${place}`}`,
        ...(frame.kind === 'user' ? { paint: paint.accent } : {}),
      },
    ];
  });
  return columnLines([head, ...rows], { width, align: ['right', 'right', 'right', 'left'], flex: 3 });
}
