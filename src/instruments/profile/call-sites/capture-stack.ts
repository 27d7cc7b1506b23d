import { AsyncLocalStorage, createHook, executionAsyncResource } from 'node:async_hooks';
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

/** Where each promise was made, if that is the service's own code. */
const madeAt = new WeakMap<object, CalledFrame>();
let isWatching = false;

/**
 * From now on it is known which line awaits what is no promise: Drizzle and others send their statement when they are
 * asked for `then`, which V8 does in a turn of its own, with nothing of the service on the stack.
 *
 * It costs some microseconds a promise, so that it begins with the first statement whose stack ends in packages: in the
 * turn that warms the service up, if it has such.
 */
function watchAwaits(): void {
  if (isWatching) return;
  isWatching = true;
  createHook({
    init: function init(_id, type, _trigger, resource) {
      if (type !== 'PROMISE') return;
      const [frame] = framesBelow(init as (...values: never[]) => unknown, framesToAwait);
      if (frame && !isDependency(frame)) madeAt.set(resource, frame);
    },
  }).enable();
}

/** Before it are those of Node's own hooks, and of `Promise.all` and its like. */
const framesToAwait = 5;

const isDependency = ({ url }: CalledFrame) => url.includes('/node_modules/');

/**
 * The frames below `below`, innermost first and through `await`, without those of Node and of this agent.
 *
 * It is called within the service: whatever goes wrong, it gives no frames and throws nothing.
 */
export function captureStack(below: (...values: never[]) => unknown): readonly CalledFrame[] {
  const frames = framesBelow(below, deepest);
  if (!frames.every(isDependency)) return frames;
  const asking = asked.getStore();
  if (asking) return [...frames, ...asking];
  watchAwaits();
  const awaited = madeAt.get(executionAsyncResource());
  return awaited ? [...frames, awaited] : frames;
}

/** The frames of the code for which a package works now, where it hands out a promise that is made by `then`. */
const asked = new AsyncLocalStorage<readonly CalledFrame[]>();

/** Calls `work`, and has the statements that it sends at any time known as those of the frames below `below`. */
export function asAskedFor<T>(below: (...values: never[]) => unknown, work: () => T): T {
  const frames = captureStack(below);
  return frames.every(isDependency) ? work() : asked.run(frames, work);
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
