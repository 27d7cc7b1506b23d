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

/** A line of the service's own code, and the {@link turn} in which it began what goes on without it. */
interface Cause {
  readonly frame: CalledFrame;
  readonly turn: number;
}

/** Why each promise, and each callback of a tick or a timer, came to be. */
const causes = new WeakMap<object, Cause>();
let isWatching = false;
let turn = 0;

/**
 * What was begun before is no cause of what is sent from now on: a queue that a package works off would otherwise be
 * known by the line of whoever filled it first.
 */
export function beginTurn(): void {
  turn += 1;
}

/** Sockets, files and what else Node names so run whatever a package waits for, not what was handed to them. */
const handles = /^(?!PROMISE$)[A-Z0-9_]+$/;

/**
 * From now on it is known for which line a package works when nothing of the service is on the stack any more: Drizzle
 * and Prisma send their statement when they are asked for `then`, which V8 does in a turn of its own, TypeORM gives out a
 * promise of its own making for a lazy relation, and loaders collect what is asked for in a tick.
 *
 * It costs some microseconds a promise and a tick, so that it begins with the first statement whose stack ends in
 * packages: in the turn that warms the service up, if it has such.
 */
function watchCauses(): void {
  if (isWatching) return;
  isWatching = true;
  createHook({
    init: function init(_id, type, _trigger, resource) {
      if (handles.test(type)) return;
      const frames = framesBelow(init as (...values: never[]) => unknown, framesToCause);
      const frame = frames.find((each) => !isDependency(each));
      const cause = frame ? { frame, turn } : causes.get(executionAsyncResource());
      if (cause) causes.set(resource, cause);
    },
  }).enable();
}

/** Before it are those of Node's own hooks, of `Promise.all` and its like, and of the package that makes the promise. */
const framesToCause = 16;

const isDependency = ({ url }: CalledFrame) => url.includes('/node_modules/');

/**
 * The frames below `below`, innermost first and through `await`, without those of Node and of this agent.
 *
 * It is called within the service: whatever goes wrong, it gives no frames and throws nothing.
 */
export function captureStack(below: (...values: never[]) => unknown): readonly CalledFrame[] {
  const frames = framesBelow(below, deepest);
  if (!frames.every(isDependency)) return frames;
  watchCauses();
  const cause = causes.get(executionAsyncResource());
  return cause?.turn === turn ? [...frames, cause.frame] : frames;
}

function framesBelow(below: (...values: never[]) => unknown, limit: number): readonly CalledFrame[] {
  const { stackTraceLimit, prepareStackTrace } = Error;
  try {
    Error.stackTraceLimit = limit;
    // A service may have put its own here, which makes text of the frames and applies its own source maps.
    Error.prepareStackTrace = (_error, sites) => sites;
    const holder: { readonly stack?: unknown } = {};
    Error.captureStackTrace(holder, below);
    const { stack } = holder;
    return Array.isArray(stack) ? (stack as readonly NodeJS.CallSite[]).flatMap(frameOf) : [];
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
