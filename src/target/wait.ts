import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../model/failure.ts';

/** Waits, or throws the `interrupted` Failure as soon as `signal` aborts. */
export async function wait(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(durationMs, undefined, { signal });
  } catch (cause) {
    throw new Failure('interrupted', {}, { cause });
  }
}

/** What `promise` gives, or the `interrupted` Failure as soon as `signal` aborts; what becomes of it then is ignored. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new Failure('interrupted', {}));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
