import type { Frame, StackProfile } from '../../model/profile.ts';
import { diffProfiles, selfByFrame } from '../../model/profile-diff.ts';
import { formatPoints, formatShare, formatUs } from '../format.ts';
import { frameName, framePlace } from '../frame-label.ts';
import { oneLine } from '../untrusted-text.ts';
import { type Cell, columnLines } from './columns.ts';
import { fitMiddle, wrapText } from './display-width.ts';
import { palette, type TerminalOptions, usableWidth } from './palette.ts';

interface TitledProfile {
  readonly title: string;
  readonly profile: StackProfile;
}

/** Functions that a terminal shows. */
const mostFunctions = 15;

/** A share that moved by less is told by no profile of some seconds. */
const leastShare = 0.005;

/** The functions whose own share of the CPU time differs most between two profiles, of which nobody counted the requests. */
export function renderProfileChange(before: TitledProfile, after: TitledProfile, options: TerminalOptions): string {
  const width = usableWidth(options.width);
  const paint = palette(options.color);
  const half = Math.floor((width - 3) / 2);
  const heading = [before, after].map(({ title }) => fitMiddle(oneLine(title), half)).join(' → ');
  const empty = [before, after].find(({ profile }) => profile.totalUs === 0);
  if (empty) {
    const reason = wrapText(`no samples in ${oneLine(empty.title)}: there is nothing to compare`, width);
    return `${[paint.strong(heading), ...reason].join('\n')}\n`;
  }
  const changes = shareChanges(before.profile, after.profile);
  const note =
    `${formatUs(before.profile.totalUs)} → ${formatUs(after.profile.totalUs)} of CPU in all. These files count no ` +
    'requests, so shares are compared: where one function grows, all others seem to shrink.';
  const lines =
    changes.length === 0
      ? [`no function's share changed by ${formatPoints(leastShare)} or more`]
      : columnLines([head.map((text) => ({ text, paint: paint.faint })), ...changes.map(cellsOf)], {
          ...{ width, align: ['right', 'right', 'right', 'left'], flex: 3 },
        });
  return `${[paint.strong(heading), ...wrapText(note, width).map(paint.faint), ...lines].join('\n')}\n`;
}

const head = ['before', 'after', 'own share', 'function'] as const;

interface ShareChange {
  readonly frame: Frame;
  readonly before: number;
  readonly after: number;
}

/** Largest change first. */
function shareChanges(before: StackProfile, after: StackProfile): readonly ShareChange[] {
  // Divided by its whole time instead of by requests, a self time is a share.
  const sideOf = (profile: StackProfile) => ({ profile, requests: profile.totalUs });
  const moved = (change: ShareChange) => Math.abs(change.after - change.before);
  return selfByFrame(diffProfiles(sideOf(before), sideOf(after)))
    .filter((change) => moved(change) >= leastShare)
    .sort((a, b) => moved(b) - moved(a))
    .slice(0, mostFunctions);
}

function cellsOf({ frame, before, after }: ShareChange): readonly Cell[] {
  const place = framePlace(frame);
  const sign = after > before ? '+' : '\u2212';
  return [
    { text: formatShare(before) },
    { text: formatShare(after) },
    { text: `${sign}${formatPoints(Math.abs(after - before))}` },
    { text: `${frameName(frame)}${place === '' ? '' : `  ${place}`}` },
  ];
}
