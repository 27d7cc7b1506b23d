import type { Frame, StackProfile } from '../model/profile.ts';

/** One box of a flame graph; `offset` and `width` are shares of the whole, `depth` counts from the root, 0. */
export interface FlameBox {
  readonly frame: Frame;
  readonly depth: number;
  readonly offset: number;
  readonly width: number;
  readonly totalUs: number;
  readonly selfUs: number;
}

interface Group {
  readonly frame: Frame;
  readonly nodes: readonly number[];
  readonly depth: number;
  readonly offset: number;
}

/**
 * Boxes of a flame graph, a parent always before its children; calls of one function from one parent are one box.
 *
 * Widest child first, and nothing narrower than `minShare` of the whole: the report stays small, and a box of
 * less than half a per cent is too narrow to be seen. Without recursion, since stacks can be thousands deep.
 */
export function flameLayout(profile: StackProfile, minShare = 0.005): readonly FlameBox[] {
  if (!(profile.totalUs > 0)) return [];
  const subtreeUs = Float64Array.from(profile.selfUs);
  const children = new Map<number, number[]>();
  for (let node = profile.parent.length - 1; node >= 0; node--) {
    const parent = profile.parent[node] ?? -1;
    if (parent >= 0) subtreeUs[parent] = (subtreeUs[parent] ?? 0) + (subtreeUs[node] ?? 0);
    const siblings = children.get(parent);
    if (siblings) siblings.push(node);
    else children.set(parent, [node]);
  }
  const sum = (nodes: readonly number[], us: ArrayLike<number>) =>
    nodes.reduce((total, node) => total + (us[node] ?? 0), 0);
  const groups = (parents: readonly number[], depth: number, start: number): readonly Group[] => {
    let offset = start;
    return byFrame(
      profile,
      parents.flatMap((parent) => children.get(parent) ?? []),
    )
      .map((nodes) => ({ nodes, us: sum(nodes, subtreeUs) }))
      .sort((a, b) => b.us - a.us)
      .flatMap(({ nodes, us }) => {
        const frame = profile.frames[profile.frame[nodes[0] ?? -1] ?? -1];
        const share = us / profile.totalUs;
        if (!frame || share < minShare) return [];
        offset += share;
        return [{ frame, nodes, depth, offset: offset - share }];
      });
  };

  const boxes: FlameBox[] = [];
  const waiting = [...groups([-1], 0, 0)];
  for (let group = waiting.pop(); group; group = waiting.pop()) {
    const { frame, nodes, depth, offset } = group;
    const totalUs = sum(nodes, subtreeUs);
    boxes.push({ frame, depth, offset, width: totalUs / profile.totalUs, totalUs, selfUs: sum(nodes, profile.selfUs) });
    waiting.push(...groups(nodes, depth + 1, offset));
  }
  return boxes;
}

function byFrame(profile: StackProfile, nodes: readonly number[]): readonly (readonly number[])[] {
  const groups = new Map<number, number[]>();
  for (const node of nodes) {
    const frame = profile.frame[node] ?? -1;
    const group = groups.get(frame);
    if (group) group.push(node);
    else groups.set(frame, [node]);
  }
  return [...groups.values()];
}
