/** A place in the code of the service. `line` and `column` count from 1 and are those of the source where a source map told. */
export interface Frame {
  readonly name: string;
  /** Path or url; empty for the engine's own frames. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly kind: 'user' | 'dependency' | 'runtime' | 'gc';
}

/** A call tree in columns: node i has `frame[i]`, its parent is node `parent[i]` (−1 for a root), always before it. */
export interface StackProfile {
  readonly frames: readonly Frame[];
  readonly parent: readonly number[];
  readonly frame: readonly number[];
  /** Time in which node i itself was on top of the stack; idle time is not in the profile. */
  readonly selfUs: readonly number[];
  /** Sum of `selfUs`. */
  readonly totalUs: number;
}

/** One flow, run alone at full load under the profiler: its CPU belongs to it alone. */
export interface FlowProfile {
  readonly flow: string;
  readonly endpoints: readonly string[];
  /** Requests answered in the window; for a flow of several steps all of its endpoints together. */
  readonly requests: number;
  readonly windowMs: number;
  readonly samplingUs: number;
  readonly profile: StackProfile;
}

export interface ProfileArtifact {
  readonly runtime: 'node';
  readonly flows: readonly FlowProfile[];
}

/** Self and total time of one function, summed over all of its call paths, in µs per request. */
export interface FunctionCost {
  readonly frame: Frame;
  readonly selfUsPerRequest: number;
  /** Time in the function and everything that it called; recursion counts once. */
  readonly totalUsPerRequest: number;
  /** Share of the flow's CPU time, 0 to 1. */
  readonly selfShare: number;
  readonly totalShare: number;
}

/** Equal for frames of the same function. */
export const frameKey = (frame: Frame): string => `${frame.name}\u0000${frame.file}\u0000${frame.line ?? ''}`;

/**
 * What each function costs one request, dearest self time first.
 *
 * µs per request can be compared between runs; a share cannot, since a fix elsewhere raises every other share.
 */
export function functionCosts({
  profile,
  requests,
}: Pick<FlowProfile, 'profile' | 'requests'>): readonly FunctionCost[] {
  if (requests === 0 || profile.totalUs === 0) return [];
  const subtreeUs = Float64Array.from(profile.selfUs);
  for (let node = profile.parent.length - 1; node >= 0; node--) {
    const parent = profile.parent[node] ?? -1;
    if (parent >= 0) subtreeUs[parent] = (subtreeUs[parent] ?? 0) + (subtreeUs[node] ?? 0);
  }
  const costs = new Map<string, { frame: Frame; selfUs: number; totalUs: number }>();
  for (const [node, frameIndex] of profile.frame.entries()) {
    const frame = profile.frames[frameIndex];
    if (!frame) continue;
    const key = frameKey(frame);
    const cost = costs.get(key) ?? { frame, selfUs: 0, totalUs: 0 };
    cost.selfUs += profile.selfUs[node] ?? 0;
    if (!hasAncestor(profile, node, key)) cost.totalUs += subtreeUs[node] ?? 0;
    costs.set(key, cost);
  }
  return [...costs.values()]
    .map(({ frame, selfUs, totalUs }) => ({
      frame,
      selfUsPerRequest: selfUs / requests,
      totalUsPerRequest: totalUs / requests,
      selfShare: selfUs / profile.totalUs,
      totalShare: totalUs / profile.totalUs,
    }))
    .sort((a, b) => b.selfUsPerRequest - a.selfUsPerRequest);
}

function hasAncestor(profile: StackProfile, node: number, key: string): boolean {
  for (let at = profile.parent[node] ?? -1; at >= 0; at = profile.parent[at] ?? -1) {
    const frame = profile.frames[profile.frame[at] ?? -1];
    if (frame && frameKey(frame) === key) return true;
  }
  return false;
}
