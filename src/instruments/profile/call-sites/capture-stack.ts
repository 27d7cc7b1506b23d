import { createHook, executionAsyncResource } from 'node:async_hooks';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A frame of the stack as V8 has it: before any source map, counted from 0. */
export interface CalledFrame {
  readonly name: string;
  readonly url: string;
  readonly line: number;
  readonly column: number;
}

/** Frames of drivers, ORMs and `await` together: the code that asked may lie far below. */
const deepest = 150;

const ownFolder = new URL('.', import.meta.url).href;
const urls = new Map<string, string>();

/** Where a statement comes from. */
export interface CallStack {
  /** Innermost first and through `await`, without those of Node and of this agent. */
  readonly frames: readonly CalledFrame[];
  /** The line for which a package works in a turn of its own, where no frame is of the service. */
  readonly cause?: CalledFrame;
}

export const noStack: CallStack = { frames: [] };

/** A line of the service's own code, and the {@link turn} in which it began what goes on without it. */
interface Cause {
  readonly frame: CalledFrame;
  readonly turn: number;
}

/** Why each promise, and each callback of a tick or a timer, came to be. */
const causes = new WeakMap<object, Cause>();
let isWanted = false;
let turn = 0;

/** Sockets, files and what else Node names so run whatever a package waits for, not what was handed to them. */
const handles = /^(?!PROMISE$)[A-Z0-9_]+$/;

const causeHook = createHook({
  init: function init(_id, type, _trigger, resource) {
    if (handles.test(type)) return;
    const frame = ownFrameBelow(init as (...values: never[]) => unknown);
    const cause = frame ? { frame, turn } : causes.get(executionAsyncResource());
    if (cause) causes.set(resource, cause);
  },
});

/**
 * Begins a turn: what was begun before is no cause of what is sent from now on, since a queue that a package works off
 * would otherwise be known by the line of whoever filled it first.
 *
 * @param isRequest - whether a request is traced in this turn; in others nobody asks for causes, and their cost is saved
 */
export function beginTurn(isRequest: boolean): void {
  turn += 1;
  if (!isWanted) return;
  if (isRequest) causeHook.enable();
  else causeHook.disable();
}

/**
 * From now on it is known for which line a package works when nothing of the service is on the stack any more: Drizzle
 * and Prisma send their statement when they are asked for `then`, which V8 does in a turn of its own, TypeORM gives out a
 * promise of its own making for a lazy relation, and loaders collect what is asked for in a tick.
 *
 * It costs some ten microseconds a promise and a tick, so that it begins with the first statement whose stack ends in
 * packages: in the turn that warms the service up, if it has such.
 */
function wantCauses(): void {
  if (isWanted) return;
  isWanted = true;
  causeHook.enable();
}

/** Before it are those of Node's own hooks, of `Promise.all` and its like, and of the package that makes the promise. */
const framesToCause = 16;

const inPackages = /[\\/]node_modules[\\/]/;

/**
 * The stack below `below`.
 *
 * It is called within the service: whatever goes wrong, it gives no frames and throws nothing.
 */
export function captureStack(below: (...values: never[]) => unknown): CallStack {
  const frames = sitesBelow(below, deepest).flatMap(frameOf);
  if (!frames.every(({ url }) => inPackages.test(url))) return { frames };
  wantCauses();
  const cause = causes.get(executionAsyncResource());
  return cause?.turn === turn ? { frames, cause: cause.frame } : { frames };
}

/** The innermost frame of the service's own code; names and places of the others are not asked for, which is dear. */
function ownFrameBelow(below: (...values: never[]) => unknown): CalledFrame | undefined {
  for (const site of sitesBelow(below, framesToCause)) {
    const file = site.getFileName();
    if (!file || inPackages.test(file)) continue;
    const [frame] = frameOf(site);
    if (frame) return frame;
  }
  return undefined;
}

function sitesBelow(below: (...values: never[]) => unknown, limit: number): readonly NodeJS.CallSite[] {
  const { stackTraceLimit, prepareStackTrace } = Error;
  try {
    Error.stackTraceLimit = limit;
    // A service may have put its own here, which makes text of the frames and applies its own source maps.
    Error.prepareStackTrace = (_error, sites) => sites;
    const holder: { readonly stack?: unknown } = {};
    Error.captureStackTrace(holder, below);
    const { stack } = holder;
    return Array.isArray(stack) ? (stack as readonly NodeJS.CallSite[]) : [];
  } catch {
    // Frozen intrinsics: the place is not known then.
    return [];
  } finally {
    restore(stackTraceLimit, prepareStackTrace);
  }
}

function restore(limit: number, prepare: typeof Error.prepareStackTrace): void {
  try {
    Error.stackTraceLimit = limit;
    Error.prepareStackTrace = prepare;
  } catch {
    // What could not be changed before cannot be now, and is as it was.
  }
}

function frameOf(site: NodeJS.CallSite): readonly CalledFrame[] {
  const file = site.getFileName();
  const line = site.getLineNumber();
  if (!file || line === null || file.startsWith('node:')) return [];
  const url = urlOf(file);
  if (url.startsWith(ownFolder)) return [];
  return [{ name: site.getFunctionName() ?? '', url, line: line - 1, column: (site.getColumnNumber() ?? 1) - 1 }];
}

/** CommonJS modules are named by their path, others by their url. */
function urlOf(file: string): string {
  if (!isAbsolute(file)) return file;
  const known = urls.get(file) ?? pathToFileURL(file).href;
  urls.set(file, known);
  return known;
}
