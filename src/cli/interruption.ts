import { exitCodes } from '../model/exit-codes.ts';
import { killGuarded } from '../target/lifeline.ts';

/** After a second signal, for what takes a moment and cannot be killed: a scratch database that is being dropped. */
const lastMomentMs = 1500;

/**
 * Aborts on the first SIGINT, SIGTERM or SIGHUP, so that everything is stopped in order.
 *
 * The second kills what was started, so that nothing is waited for; the third ends at once. Whatever it is, what
 * was started is killed and temporary folders are removed: see `target/lifeline.ts`. It watches until the process ends.
 */
export function watchInterruption(): AbortSignal {
  const controller = new AbortController();
  const exit = () => process.exit(exitCodes.interrupted);
  let lastMoment: NodeJS.Timeout | undefined;
  const onSignal = () => {
    if (!controller.signal.aborted) controller.abort();
    else if (lastMoment) exit();
    else {
      lastMoment = setTimeout(exit, lastMomentMs).unref();
      killGuarded();
    }
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  return controller.signal;
}
