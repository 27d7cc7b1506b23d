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
