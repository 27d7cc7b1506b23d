import { type FlowProfile, type Frame, frameKey, functionCosts } from '../model/profile.ts';

/** What one function of the service or of a dependency costs a request by itself: its code and the built-ins it calls. */
export interface OwnTime {
  readonly frame: Frame;
  readonly ownUsPerRequest: number;
  /** Share of the flow's CPU time, 0 to 1. */
  readonly ownShare: number;
  readonly totalUsPerRequest: number;
  /** The part of `ownUsPerRequest` that was spent in Node, the engine and its garbage collector, dearest first. */
  readonly builtIns: readonly { readonly name: string; readonly usPerRequest: number }[];
}

/**
 * Charges the time of runtime and GC frames to the function that called them, through any chain of such frames.
 *
 * `JSON.parse`, `sort` or `readFileSync` have frames of their own, so self time alone would hide who asks for them.
 * What has no caller, such as `(program)`, is nobody's. Dearest first.
 */
export function ownTimes(flow: Pick<FlowProfile, 'profile' | 'requests'>): readonly OwnTime[] {
  const { profile, requests } = flow;
  const owner: (Frame | undefined)[] = [];
  const own = new Map<string, { frame: Frame; ownUs: number; builtIns: Map<string, number> }>();
  for (const [node, frameIndex] of profile.frame.entries()) {
    const frame = profile.frames[frameIndex];
    const isCode = frame?.kind === 'user' || frame?.kind === 'dependency';
    owner[node] = isCode ? frame : owner[profile.parent[node] ?? -1];
    const owning = owner[node];
    if (!frame || !owning) continue;
    const selfUs = profile.selfUs[node] ?? 0;
    const key = frameKey(owning);
    const entry = own.get(key) ?? { frame: owning, ownUs: 0, builtIns: new Map<string, number>() };
    entry.ownUs += selfUs;
    if (!isCode) entry.builtIns.set(nameOf(frame), (entry.builtIns.get(nameOf(frame)) ?? 0) + selfUs);
    own.set(key, entry);
  }
  const totals = new Map(functionCosts(flow).map((cost) => [frameKey(cost.frame), cost.totalUsPerRequest]));
  return [...own]
    .map(([key, { frame, ownUs, builtIns }]) => ({
      frame,
      ownUsPerRequest: ownUs / requests,
      ownShare: ownUs / profile.totalUs,
      totalUsPerRequest: totals.get(key) ?? 0,
      builtIns: [...builtIns]
        .map(([name, us]) => ({ name, usPerRequest: us / requests }))
        .filter(({ usPerRequest }) => usPerRequest > 0)
        .sort((a, b) => b.usPerRequest - a.usPerRequest),
    }))
    .filter(({ ownUsPerRequest }) => ownUsPerRequest > 0)
    .sort((a, b) => b.ownUsPerRequest - a.ownUsPerRequest);
}

function nameOf({ name, file }: Frame): string {
  return file === '' ? name : `${name} (${file})`;
}
