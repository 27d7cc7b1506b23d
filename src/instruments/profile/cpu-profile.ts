import { Failure } from '../../model/failure.ts';

/** One function on one call path of a V8 CPU profile. */
export interface CpuCall {
  /** Index of the caller, always smaller than this one's; −1 for a root. */
  readonly parent: number;
  readonly name: string;
  readonly url: string;
  /** From 0 as V8 counts; left out for code that has no position. */
  readonly line?: number;
  readonly column?: number;
  readonly selfUs: number;
}

/** More than any real profile has: V8 itself stops at 255 calls a stack. */
const maxNodes = 1_000_000;
const maxDepth = 10_000;
const maxNameLength = 500;

interface RawNode {
  readonly id: number;
  readonly name: string;
  readonly url: string;
  readonly line: number;
  readonly column: number;
  readonly children: readonly unknown[];
  readonly parentId: unknown;
  readonly hitCount: number;
}

type Reject = (reason: string) => Failure;

/**
 * Checks a parsed `.cpuprofile` and weighs its calls, callers before callees.
 *
 * A sample lasts until the next one (`timeDeltas`, µs); without samples the window is shared out by `hitCount`.
 * Throws `profile-unreadable`; `path` is for its message.
 * Format: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile
 */
export function parseCpuProfile(value: unknown, path: string): readonly CpuCall[] {
  const reject: Reject = (reason) => new Failure('profile-unreadable', { path, reason });
  if (!isRecord(value)) throw reject('it is not an object');
  if (!Array.isArray(value.nodes)) {
    throw reject('head' in value ? 'it is of the old format, with "head"' : 'it has no list "nodes"');
  }
  if (value.nodes.length === 0) throw reject('it has no nodes');
  if (value.nodes.length > maxNodes) throw reject(`it has ${value.nodes.length} nodes, more than ${maxNodes}`);
  const nodes = value.nodes.map((node: unknown, index) => readNode(node, index, reject));
  const indexOf = new Map(nodes.map((node, index) => [node.id, index]));
  if (indexOf.size < nodes.length) throw reject('two nodes have the same id');
  const parentOf = readParents(nodes, indexOf, reject);
  const selfUs = Array.isArray(value.samples)
    ? weighSamples(value, value.samples, indexOf, reject)
    : weighHits(value, nodes);
  const order = callersFirst(parentOf, reject);
  const placeOf = new Map(order.map((node, place) => [node, place]));
  return order.map((index) => {
    const { name, url, line, column } = nodes[index] as RawNode;
    const position = line >= 0 ? { line, ...(column >= 0 && { column }) } : {};
    const parent = placeOf.get(parentOf[index] ?? -1) ?? -1;
    return { parent, name, url, ...position, selfUs: selfUs[index] ?? 0 };
  });
}

function readNode(value: unknown, index: number, reject: Reject): RawNode {
  if (!isRecord(value) || !Number.isInteger(value.id)) throw reject(`node ${index} has no id`);
  const { callFrame } = value;
  if (!isRecord(callFrame) || typeof callFrame.functionName !== 'string') {
    throw reject(`node ${index} has no callFrame with a functionName`);
  }
  return {
    id: value.id as number,
    name: callFrame.functionName.slice(0, maxNameLength),
    url: typeof callFrame.url === 'string' ? callFrame.url : '',
    line: integerOr(callFrame.lineNumber, -1),
    column: integerOr(callFrame.columnNumber, -1),
    children: Array.isArray(value.children) ? value.children : [],
    parentId: value.parent,
    hitCount: Math.max(0, integerOr(value.hitCount, 0)),
  };
}

/** V8 lists the children of a node; traces of Chrome name its parent instead. */
function readParents(nodes: readonly RawNode[], indexOf: ReadonlyMap<unknown, number>, reject: Reject): Int32Array {
  const parentOf = new Int32Array(nodes.length).fill(-1);
  const link = (child: number | undefined, parent: number | undefined) => {
    if (child === undefined || parent === undefined) throw reject('a node refers to one that is not there');
    const known = parentOf[child] ?? -1;
    if (known >= 0 && known !== parent) throw reject('a node has two parents');
    parentOf[child] = parent;
  };
  for (const [index, node] of nodes.entries()) {
    for (const child of node.children) link(indexOf.get(child), index);
    if (node.parentId !== undefined) link(index, indexOf.get(node.parentId));
  }
  return parentOf;
}

function callersFirst(parentOf: Int32Array, reject: Reject): readonly number[] {
  const children: number[][] = Array.from(parentOf, () => []);
  const depth = new Int32Array(parentOf.length);
  const order: number[] = [];
  for (const [index, parent] of parentOf.entries()) {
    if (parent < 0) order.push(index);
    else children[parent]?.push(index);
  }
  // The list grows while it is walked: breadth first without recursion, however deep the tree.
  for (let at = 0; at < order.length; at++) {
    const caller = order[at] ?? -1;
    const below = (depth[caller] ?? 0) + 1;
    if (below > maxDepth) throw reject(`its stacks are deeper than ${maxDepth} calls`);
    for (const child of children[caller] ?? []) {
      depth[child] = below;
      order.push(child);
    }
  }
  if (order.length < parentOf.length) throw reject('its nodes form a cycle');
  return order;
}

function weighSamples(
  profile: Record<string, unknown>,
  samples: readonly unknown[],
  indexOf: ReadonlyMap<unknown, number>,
  reject: Reject,
): Float64Array {
  const { timeDeltas } = profile;
  if (!Array.isArray(timeDeltas) || timeDeltas.length !== samples.length) {
    throw reject('"timeDeltas" and "samples" differ in length');
  }
  const selfUs = new Float64Array(indexOf.size);
  let nowUs = 0;
  let latestUs = 0;
  let running = -1;
  for (const [at, id] of samples.entries()) {
    const deltaUs: unknown = timeDeltas[at];
    const node = indexOf.get(id);
    if (node === undefined) throw reject(`sample ${at} is of a node that is not there`);
    if (typeof deltaUs !== 'number' || !Number.isFinite(deltaUs)) throw reject(`timeDeltas[${at}] is not a number`);
    nowUs += deltaUs;
    // V8 delivers some samples out of order, with a negative delta: time that has passed already counts once.
    if (running >= 0 && nowUs > latestUs) selfUs[running] = (selfUs[running] ?? 0) + nowUs - latestUs;
    latestUs = running < 0 ? nowUs : Math.max(latestUs, nowUs);
    running = node;
  }
  const restUs = numberOr(profile.endTime, 0) - numberOr(profile.startTime, 0) - latestUs;
  // A sampler that was stopped late must not give the last sample more than its neighbours have.
  const meanUs = samples.length > 0 ? latestUs / samples.length : 0;
  if (running >= 0) selfUs[running] = (selfUs[running] ?? 0) + Math.min(Math.max(0, restUs), Math.max(0, meanUs));
  return selfUs;
}

function weighHits(profile: Record<string, unknown>, nodes: readonly RawNode[]): Float64Array {
  const windowUs = Math.max(0, numberOr(profile.endTime, 0) - numberOr(profile.startTime, 0));
  const hits = nodes.reduce((total, node) => total + node.hitCount, 0);
  return Float64Array.from(nodes, (node) => (hits > 0 ? (windowUs * node.hitCount) / hits : 0));
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const integerOr = (value: unknown, otherwise: number) => (Number.isSafeInteger(value) ? (value as number) : otherwise);
const numberOr = (value: unknown, otherwise: number) => (Number.isFinite(value) ? (value as number) : otherwise);
