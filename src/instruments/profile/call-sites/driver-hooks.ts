import { type CallStack, captureStack, noStack } from './capture-stack.ts';

/** A statement that the service handed to its driver. */
export interface DriverCall {
  readonly sql: string;
  readonly stack: CallStack;
  /** Process id of the backend, as the server told the driver; known once it is connected. */
  readonly backendPid: () => unknown;
}

type Sent = (call: DriverCall) => void;
type Method = (...values: unknown[]) => unknown;

/** Files of the drivers whose exports are changed, by the end of their path, and how. */
const drivers: readonly (readonly [RegExp, (exports: unknown, sent: Sent) => void])[] = [
  [/[\\/]node_modules[\\/]pg[\\/]lib[\\/]client\.js$/, hookClient],
  [/[\\/]node_modules[\\/]pg-pool[\\/]index\.js$/, hookPool],
  [/[\\/]node_modules[\\/]postgres[\\/](?:cjs[\\/])?src[\\/]query\.js$/, hookQuery],
];

/** Hooks a module that was just loaded, where it is one of a driver. */
export function hookDriver(file: string, exports: unknown, sent: Sent): void {
  for (const [path, hook] of drivers) if (path.test(file)) hook(exports, sent);
}

/**
 * The stack of the `pool.query` whose client is being handed over: pg-pool takes one from its queue in a turn of its
 * own, in which nobody knows any more who asked.
 */
let waiting: CallStack | undefined;

function withWaiting<T>(stack: CallStack | undefined, work: () => T): T {
  const before = waiting;
  waiting = stack;
  try {
    return work();
  } finally {
    waiting = before;
  }
}

/** node-postgres, and everything that is built upon it: a client sends its statements in the order of these calls. */
function hookClient(exports: unknown, sent: Sent): void {
  const prototype = prototypeOf(exports);
  const query = prototype?.query;
  if (!prototype || typeof query !== 'function') return;
  prototype.query = function hooked(this: { readonly processID?: unknown }, ...values: unknown[]) {
    const stack = waiting ?? captureStack(hooked);
    waiting = undefined;
    const result = Reflect.apply(query, this, values);
    const sql = textOf(values[0]);
    if (sql !== undefined) sent({ sql, stack, backendPid: () => this.processID });
    return result;
  };
}

function hookPool(exports: unknown): void {
  const prototype = prototypeOf(exports);
  const { query, connect } = prototype ?? {};
  if (!prototype || typeof query !== 'function' || typeof connect !== 'function') return;
  prototype.query = function hooked(this: unknown, ...values: unknown[]) {
    return withWaiting(captureStack(hooked), () => Reflect.apply(query, this, values));
  };
  prototype.connect = function (this: unknown, callback: unknown, ...others: unknown[]) {
    const stack = waiting;
    if (stack === undefined || typeof callback !== 'function') {
      return Reflect.apply(connect, this, [callback, ...others]);
    }
    const handOver = (error: unknown, ...results: unknown[]) =>
      withWaiting(error ? undefined : stack, () => (callback as Method)(error, ...results));
    return withWaiting(undefined, () => Reflect.apply(connect, this, [handOver, ...others]));
  };
}

/**
 * postgres.js: a query is made where `sql` is called, and sent when its text was put together.
 *
 * Both moments are seen as the assignment of a field, since the constructor itself cannot be reached.
 */
function hookQuery(exports: unknown, sent: Sent): void {
  const prototype = prototypeOf((exports as { readonly Query?: unknown } | null)?.Query);
  if (!prototype) return;
  const stacks = new WeakMap<object, CallStack>();
  watchField(prototype, 'strings', (query, _value, set) => stacks.set(query, captureStack(set)));
  watchField(prototype, 'string', (query, sql) => {
    const { state } = query as { readonly state?: { readonly pid?: unknown } | null };
    if (typeof sql === 'string') sent({ sql, stack: stacks.get(query) ?? noStack, backendPid: () => state?.pid });
  });
}

function watchField(
  prototype: object,
  name: string,
  assigned: (on: object, value: unknown, set: Method) => void,
): void {
  const values = new WeakMap<object, unknown>();
  Object.defineProperty(prototype, name, {
    configurable: true,
    get(this: object) {
      return values.get(this);
    },
    set: function set(this: object, value: unknown) {
      values.set(this, value);
      assigned(this, value, set as Method);
    },
  });
}

function prototypeOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'function' ? (value.prototype as Record<string, unknown>) : undefined;
}

/** What `client.query` is given: a text, an object with one, or a cursor or stream that carries it. */
function textOf(query: unknown): string | undefined {
  if (typeof query === 'string') return query;
  const { text, cursor } = (query ?? {}) as { readonly text?: unknown; readonly cursor?: unknown };
  if (typeof text === 'string') return text;
  return cursor === undefined ? undefined : textOf(cursor);
}
