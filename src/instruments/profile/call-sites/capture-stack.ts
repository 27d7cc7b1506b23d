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

/**
 * The frames below `below`, innermost first and through `await`, without those of Node and of this agent.
 *
 * It is called within the service: whatever goes wrong, it gives no frames and throws nothing.
 */
export function captureStack(below: (...values: never[]) => unknown): readonly CalledFrame[] {
  const { stackTraceLimit, prepareStackTrace } = Error;
  try {
    Error.stackTraceLimit = deepest;
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
    if (prepare === undefined) delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
    else Error.prepareStackTrace = prepare;
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
