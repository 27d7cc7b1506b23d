import { type FlowProfile, type Frame, frameKey, functionCosts } from './profile.ts';

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

/** Sending and receiving: the price of talking at all, which no function of the service could do for less. */
const transport =
  /^node:(?:_?https?\b|_http_|http2|net$|_?tls|dgram|_?stream|internal\/(?:http|net|tls|dgram|stream|js_stream))/;

/**
 * Charges the time of runtime and GC frames to the function that called them, through any chain of such frames.
 *
 * `JSON.parse`, `sort` or `readFileSync` have frames of their own, so self time alone would hide who asks for them.
 * A callback without a name, as `filter` and `map` take it, is part of the function of its file that led to it. What
 * has no caller (`(program)`), and what sockets and streams do, is nobody's. Dearest first.
 */
export function ownTimes(flow: Pick<FlowProfile, 'profile' | 'requests'>): readonly OwnTime[] {
  const { profile, requests } = flow;
  const owner: (Frame | undefined)[] = [];
  const own = new Map<string, { frame: Frame; ownUs: number; builtIns: Map<string, number> }>();
  for (const [node, frameIndex] of profile.frame.entries()) {
    const frame = profile.frames[frameIndex];
    if (!frame) continue;
    const isCode = frame.kind === 'user' || frame.kind === 'dependency';
    const owning = ownerOf(frame, isCode, owner[profile.parent[node] ?? -1]);
    owner[node] = owning;
    if (!owning) continue;
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

function ownerOf(frame: Frame, isCode: boolean, caller: Frame | undefined): Frame | undefined {
  if (!isCode) return transport.test(frame.file) ? undefined : caller;
  const isCallback = frame.name === '(anonymous)' && caller?.file === frame.file;
  return isCallback ? caller : frame;
}

function nameOf({ name, file }: Frame): string {
  return file === '' ? name : `${name} (${file})`;
}
