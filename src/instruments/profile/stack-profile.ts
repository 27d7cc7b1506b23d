import { Failure } from '../../model/failure.ts';
import type { Frame, StackProfile } from '../../model/profile.ts';
import { type CpuCall, parseCpuProfile } from './cpu-profile.ts';
import { type Locate, toFrame } from './frame-location.ts';
import { createStackBuilder, type StackBuilder } from './stack-builder.ts';

const program: Frame = { name: '(program)', file: '', kind: 'runtime' };

/**
 * Adds the calls of one V8 profile to a tree: without idle time, and without the subtree of `ignoreUrl`.
 *
 * `(program)` and `(garbage collector)` stay, as frames of the kinds `runtime` and `gc`.
 */
export function addCpuCalls(
  stacks: StackBuilder,
  calls: readonly CpuCall[],
  { ignoreUrl, locate = () => undefined }: { readonly ignoreUrl?: string; readonly locate?: Locate } = {},
): void {
  const ignored = -2;
  const nodeOf: number[] = [];
  for (const call of calls) {
    const caller = call.parent < 0 ? -1 : (nodeOf[call.parent] ?? -1);
    const isEngine = call.url === '' && caller === -1;
    if (caller === ignored || (isEngine && call.name === '(idle)') || (call.url !== '' && call.url === ignoreUrl)) {
      nodeOf.push(ignored);
    } else if (isEngine && call.parent < 0 && call.name === '(root)') {
      if (call.selfUs > 0) stacks.addSelf(stacks.node(-1, program), call.selfUs);
      nodeOf.push(-1);
    } else {
      const node = stacks.node(caller, toFrame(call.name, call, locate));
      stacks.addSelf(node, call.selfUs);
      nodeOf.push(node);
    }
  }
}

/**
 * Share of the profiled time in which the thread did not wait for events, 0 to 1.
 *
 * This stands in for `performance.eventLoopUtilization`, which is of no use in a profiled process: each sample
 * interrupts the poll, and libuv then counts the wait as work (an idle service reads 0.9).
 */
export function busyShare(calls: readonly CpuCall[]): number {
  let totalUs = 0;
  let idleUs = 0;
  for (const { url, name, selfUs } of calls) {
    totalUs += selfUs;
    if (url === '' && name === '(idle)') idleUs += selfUs;
  }
  return totalUs > 0 ? 1 - idleUs / totalUs : 0;
}

/**
 * The stacks of a `.cpuprofile` file as V8, Node's `--cpu-prof` and Chrome write it.
 *
 * Throws `profile-unreadable` for anything else; `path` is for the message.
 */
export function readCpuProfile(text: string, path: string): StackProfile {
  const stacks = createStackBuilder();
  addCpuCalls(stacks, parseCpuProfile(parseJson(text, path), path));
  return stacks.build();
}

/** A profile to be merged: its µs are multiplied by `weight`, and all of it hangs below a frame called `label`. */
export interface ProfilePart {
  readonly profile: StackProfile;
  readonly weight: number;
  readonly label?: string;
}

/** One tree out of several: of the flows of a variant, each below a frame with its name. */
export function mergeProfiles(parts: readonly ProfilePart[]): StackProfile {
  const stacks = createStackBuilder();
  for (const { profile, weight, label } of parts) {
    const top = label === undefined ? -1 : stacks.node(-1, { name: label, file: '', kind: 'runtime' });
    const nodeOf: number[] = [];
    for (const [index, frameIndex] of profile.frame.entries()) {
      const parent = profile.parent[index] ?? -1;
      const frame = profile.frames[frameIndex] ?? program;
      const node = stacks.node(parent < 0 ? top : (nodeOf[parent] ?? top), frame);
      stacks.addSelf(node, (profile.selfUs[index] ?? 0) * weight);
      nodeOf.push(node);
    }
  }
  return stacks.build();
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure('profile-unreadable', { path, reason: 'it is not JSON' }, { cause });
  }
}
