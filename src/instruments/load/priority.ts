import { getPriority, setPriority } from 'node:os';

// Enough for the scheduler to let the generator run at once; it is idle for most of the time.
const raised = -10;

/** How many have raised it and not yet restored it: only the last of them lowers it again. */
let holders = 0;
let before = 0;

/**
 * Lets this thread run before others where that is permitted (root), until the returned function is called: with
 * as many busy processes as cores a generator would otherwise read an answer up to 4 ms after it came.
 *
 * On Linux a priority is that of the thread that sets it, elsewhere of the whole process. Processes that this thread
 * starts meanwhile inherit it, so services are started before.
 */
export function raisePriority(): () => void {
  if (holders === 0) {
    before = getPriority();
    try {
      setPriority(raised);
    } catch (error) {
      if (isRefusal(error)) return () => {};
      throw error;
    }
  }
  holders += 1;
  let isHeld = true;
  return () => {
    if (!isHeld) return;
    isHeld = false;
    holders -= 1;
    if (holders === 0) setPriority(before);
  };
}

/** ERR_SYSTEM_ERROR of an ordinary user, who may only lower priorities. */
function isRefusal(error: unknown): boolean {
  const { info } = error as { readonly info?: { readonly code?: string } };
  return info?.code === 'EACCES' || info?.code === 'EPERM';
}
