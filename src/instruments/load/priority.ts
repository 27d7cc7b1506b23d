import { getPriority, setPriority } from 'node:os';

// Enough for the scheduler to let the generator run at once; it is idle for most of the time.
const raised = -10;

/**
 * Lets this process run before others where that is permitted (root), until the returned function is called: with
 * as many busy processes as cores a generator would otherwise read an answer up to 4 ms after it came.
 *
 * Processes that are started meanwhile inherit the priority, so services are started before.
 */
export function raisePriority(): () => void {
  const before = getPriority();
  try {
    setPriority(raised);
  } catch (error) {
    if (isRefusal(error)) return () => {};
    throw error;
  }
  return () => setPriority(before);
}

/** ERR_SYSTEM_ERROR of an ordinary user, who may only lower priorities. */
function isRefusal(error: unknown): boolean {
  const { info } = error as { readonly info?: { readonly code?: string } };
  return info?.code === 'EACCES' || info?.code === 'EPERM';
}
