import { movedRoot } from './moved-root.ts';
import type { FlowProfile, Frame, StackProfile } from './profile.ts';

/**
 * The call trees of two profiles of one flow as one, in columns as those of {@link StackProfile}.
 *
 * All times are µs per request, and 0 on a side that never ran the node.
 */
export interface ProfileDiff {
  /** As they are after, where they are there: lines move. */
  readonly frames: readonly Frame[];
  readonly parent: readonly number[];
  readonly frame: readonly number[];
  readonly beforeSelfUs: readonly number[];
  readonly afterSelfUs: readonly number[];
  /** Time of the node with everything below it. */
  readonly beforeTotalUs: readonly number[];
  readonly afterTotalUs: readonly number[];
}

/**
 * Lays two profiles of one flow over each other: nodes are the same where the functions on the way to them are.
 *
 * A function is known by name, file and kind, never by its line, which moves with every edit above it; files of
 * another checkout are found again by {@link movedRoot}. Empty where either side answered no request.
 */
export function diffProfiles(
  before: Pick<FlowProfile, 'profile' | 'requests'>,
  after: Pick<FlowProfile, 'profile' | 'requests'>,
): ProfileDiff {
  const tree = createTree();
  const measured = before.requests > 0 && after.requests > 0;
  const filesOf = ({ frames }: StackProfile) => frames.map(({ file }) => file);
  const moved = movedRoot(filesOf(before.profile), filesOf(after.profile));
  const places = measured
    ? { after: tree.place(after.profile, (file) => file), before: tree.place(before.profile, moved) }
    : { after: [], before: [] };
  const { frames, parent, frame } = tree;
  const beforeSelfUs = selfPerRequest(before, places.before, parent.length);
  const afterSelfUs = selfPerRequest(after, places.after, parent.length);
  return {
    ...{ frames, parent, frame, beforeSelfUs, afterSelfUs },
    beforeTotalUs: withDescendants(parent, beforeSelfUs),
    afterTotalUs: withDescendants(parent, afterSelfUs),
  };
}

function createTree() {
  const frames: Frame[] = [];
  const parent: number[] = [];
  const frame: number[] = [];
  const frameIndexes = new Map<string, number>();
  const nodes = new Map<string, number>();
  const indexOf = (of: Frame, file: string): number => {
    const key = `${of.name}\u0000${file}\u0000${of.kind}`;
    const known = frameIndexes.get(key);
    if (known !== undefined) return known;
    frameIndexes.set(key, frames.length);
    return frames.push(of) - 1;
  };
  /** The node of the merged tree for each node of the profile. */
  const place = (profile: StackProfile, locate: (file: string) => string): readonly number[] => {
    const indexes = profile.frames.map((each) => indexOf(each, locate(each.file)));
    const placed: number[] = [];
    for (const [node, own] of profile.frame.entries()) {
      const above = placed[profile.parent[node] ?? -1] ?? -1;
      const key = `${above} ${indexes[own]}`;
      const known = nodes.get(key);
      placed[node] = known ?? frame.push(indexes[own] ?? -1) - 1;
      if (known !== undefined) continue;
      parent.push(above);
      nodes.set(key, placed[node]);
    }
    return placed;
  };
  return { frames, parent, frame, place };
}

function selfPerRequest(
  { profile, requests }: Pick<FlowProfile, 'profile' | 'requests'>,
  places: readonly number[],
  length: number,
): readonly number[] {
  const selfUs = Array.from({ length }, () => 0);
  for (const [node, place] of places.entries()) {
    selfUs[place] = (selfUs[place] ?? 0) + (profile.selfUs[node] ?? 0) / requests;
  }
  return selfUs;
}

/** Parents stand before their children, so one walk backwards sums a tree of any depth. */
function withDescendants(parent: readonly number[], selfUs: readonly number[]): readonly number[] {
  const totalUs = [...selfUs];
  for (let node = parent.length - 1; node >= 0; node--) {
    const above = parent[node] ?? -1;
    if (above >= 0) totalUs[above] = (totalUs[above] ?? 0) + (totalUs[node] ?? 0);
  }
  return totalUs;
}

/** The self time of each frame of a difference, over all of its call paths. */
export function selfByFrame(
  diff: ProfileDiff,
): readonly { readonly frame: Frame; readonly before: number; readonly after: number }[] {
  const [before, after] = [diff.beforeSelfUs, diff.afterSelfUs].map((selfUs) => {
    const sums = diff.frames.map(() => 0);
    for (const [node, index] of diff.frame.entries()) sums[index] = (sums[index] ?? 0) + (selfUs[node] ?? 0);
    return sums;
  });
  return diff.frames.map((frame, index) => ({ frame, before: before?.[index] ?? 0, after: after?.[index] ?? 0 }));
}
