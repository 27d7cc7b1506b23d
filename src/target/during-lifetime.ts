import type { Failure } from '../model/failure.ts';

/** A lost connection is noticed some milliseconds before the exit of the process that held it. */
const noticeMs = 500;

/** The life of a process. */
interface Lifetime {
  /** Resolves with how the process ended. */
  readonly ended: Promise<string>;
  /** Whether the end was asked for. */
  readonly isExpected: () => boolean;
}

/**
 * Does `work` while the process lives; once it is dead, `work` is aborted, waited for, and the death is thrown.
 *
 * What the work fails with because the process is gone (a refused connection, a lost profiler) is not the cause.
 */
export async function withinLifetime<T>(
  { ended, isExpected }: Lifetime,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  death: (how: string) => Failure,
): Promise<T> {
  const dying = new AbortController();
  const died = ended.then((how) => {
    if (isExpected()) return undefined;
    dying.abort();
    return how;
  });
  const outcome = await settled(work(AbortSignal.any([signal, dying.signal])));
  const mayBeDead = outcome.status === 'rejected' && !signal.aborted;
  const how = await within(mayBeDead ? noticeMs : 0, died);
  if (how !== undefined && !signal.aborted) throw death(how);
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

async function settled<T>(work: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [outcome] = await Promise.allSettled([work]);
  return outcome;
}

/** What `promise` gives within `timeoutMs`, else `undefined`. */
async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
