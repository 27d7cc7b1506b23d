import type { FlowProfile } from '../../model/profile.ts';
import { diffProfiles } from '../../model/profile-diff.ts';
import { frameName, framePlace } from '../frame-label.ts';
import { clipText, oneLine } from '../untrusted-text.ts';
import type { FlameData } from './script/flame-data.ts';

/** More nodes than this would take more than a moment to open, and more room than all the rest of a report. */
export const mostNodesInGraph = 50_000;

const leftOut = 'too narrow to be kept here';

const longestVariant = 60;

/** One flow as it was profiled in one variant or in two. */
export interface FlameSide {
  readonly variant: string;
  readonly flow: Pick<FlowProfile, 'profile' | 'requests'>;
}

/**
 * The call tree of a flow for the report's script and for the picture that stands in for it; nothing where no request
 * was answered.
 *
 * The widest nodes are kept; the time of the others is that of one node below each of their parents.
 */
export function flameColumns(sides: readonly FlameSide[], mostNodes = mostNodesInGraph): FlameData | undefined {
  const [first, second] = sides;
  if (!first) return undefined;
  const diff = diffProfiles(first.flow, (second ?? first).flow);
  if (diff.parent.length === 0) return undefined;
  const own = second ? [diff.beforeSelfUs, diff.afterSelfUs] : [diff.afterSelfUs];
  const totals = second ? [diff.beforeTotalUs, diff.afterTotalUs] : [diff.afterTotalUs];
  const width = (node: number) => Math.max(...totals.map((total) => total[node] ?? 0));
  const widest = [...diff.parent.keys()].filter((node) => width(node) > 0);
  // A parent is at least as wide as its children and stands before them, so that it is kept where they are.
  if (widest.length > mostNodes) widest.sort((a, b) => width(b) - width(a) || a - b);
  const kept = widest.slice(0, mostNodes).toSorted((a, b) => a - b);
  const places = new Map(kept.map((node, index) => [node, index]));
  const parent = kept.map((node) => places.get(diff.parent[node] ?? -1) ?? -1);
  const frame = kept.map((node) => diff.frame[node] ?? -1);
  const selfUs = own.map((column) => kept.map((node) => brief(column[node] ?? 0)));

  const rests = new Map<number, number>();
  for (const node of widest.slice(mostNodes)) {
    const above = diff.parent[node] ?? -1;
    const at = places.get(above) ?? -1;
    if (above >= 0 && at < 0) continue;
    const rest = rests.get(at) ?? parent.push(at) - 1;
    rests.set(at, rest);
    frame[rest] = diff.frames.length;
    for (const [side, column] of selfUs.entries()) {
      column[rest] = brief((column[rest] ?? 0) + (totals[side]?.[node] ?? 0));
    }
  }
  return {
    sides: sides.map(({ variant }) => clipText(oneLine(variant), longestVariant)),
    names: [...diff.frames.map(frameName), leftOut],
    places: [...diff.frames.map(framePlace), ''],
    kinds: [...diff.frames.map(({ kind }) => kind), 'runtime'],
    ...{ parent, frame, selfUs },
  };
}

/** Four digits are more than a sampled time has; the file is a third as large. */
const brief = (us: number) => Number(us.toPrecision(4));
