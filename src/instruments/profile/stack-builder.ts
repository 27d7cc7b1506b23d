import type { Frame, StackProfile } from '../../model/profile.ts';

/** Collects stacks into one tree in which equal call paths are one node. */
export interface StackBuilder {
  /** The node of `frame` called from node `parent` (−1: from nowhere). */
  node(parent: number, frame: Frame): number;
  addSelf(node: number, selfUs: number): void;
  build(): StackProfile;
}

export function createStackBuilder(): StackBuilder {
  const frames: Frame[] = [];
  const frameIndex = new Map<string, number>();
  const childIndex: Map<number, number>[] = [];
  const rootIndex = new Map<number, number>();
  const parent: number[] = [];
  const frame: number[] = [];
  const selfUs: number[] = [];

  const intern = (wanted: Frame) => {
    const key = JSON.stringify([wanted.name, wanted.file, wanted.line, wanted.column, wanted.kind]);
    const known = frameIndex.get(key);
    if (known !== undefined) return known;
    frameIndex.set(key, frames.length);
    return frames.push(wanted) - 1;
  };

  return {
    node(parentNode, wanted) {
      const of = intern(wanted);
      const siblings = parentNode < 0 ? rootIndex : childIndex[parentNode];
      const known = siblings?.get(of);
      if (known !== undefined) return known;
      const added = parent.push(parentNode) - 1;
      siblings?.set(of, added);
      childIndex.push(new Map());
      frame.push(of);
      selfUs.push(0);
      return added;
    },
    addSelf(node, us) {
      selfUs[node] = (selfUs[node] ?? 0) + us;
    },
    build: () => ({ frames, parent, frame, selfUs, totalUs: selfUs.reduce((total, us) => total + us, 0) }),
  };
}
