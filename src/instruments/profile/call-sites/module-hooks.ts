import Module, { register } from 'node:module';

type Loaded = (file: string, exports: unknown) => void;

/** By which a module that {@link withReport} changed hands over what it exports. */
const reportName = 'chokepoint.loaded';

interface LoadedModule {
  readonly exports: unknown;
}

interface ModulePrototype {
  load(this: LoadedModule, file: string): void;
}

/** What Node's load hooks hand on. */
interface LoadResult {
  readonly format?: string | null | undefined;
  readonly source?: unknown;
}

interface SyncHooks {
  load(url: string, context: unknown, next: (url: string, context: unknown) => LoadResult): LoadResult;
}

/**
 * Tells of modules as they are loaded: of every CommonJS module, however it is asked for, and of those ES modules that
 * can be changed only from within.
 */
export function onModuleLoad(loaded: Loaded): void {
  const guarded: Loaded = (file, exports) => {
    try {
      loaded(file, exports);
    } catch {
      // A driver that is made otherwise: it works as before, and the places of its statements stay unknown.
    }
  };
  const prototype = Module.prototype as unknown as ModulePrototype;
  const { load } = prototype;
  prototype.load = function (file) {
    load.call(this, file);
    guarded(file, this.exports);
  };
  Object.defineProperty(globalThis, Symbol.for(reportName), { value: guarded, configurable: true });
  // Node 22.15 and later run the hooks in this thread; `register` starts another one for them.
  const { registerHooks } = Module as unknown as { registerHooks?: (hooks: SyncHooks) => void };
  if (registerHooks) registerHooks({ load: (url, context, next) => withReport(url, next(url, context)) });
  else register('./module-loader.js', import.meta.url);
}

/** The module of postgres.js that makes its queries, with a last line that hands out their class. */
export function withReport<R extends LoadResult>(url: string, result: R): R {
  if (result.format !== 'module' || !/[\\/]node_modules[\\/]postgres[\\/]src[\\/]query\.js$/.test(url)) return result;
  const { source } = result;
  const text = typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString('utf8');
  const report = `globalThis[Symbol.for(${JSON.stringify(reportName)})]?.(import.meta.url, { Query });`;
  return { ...result, source: `${text}\n${report}\n` } as R;
}
