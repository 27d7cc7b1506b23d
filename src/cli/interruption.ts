import { Failure } from '../model/failure.ts';

/**
 * Aborts on the first SIGINT, SIGTERM or SIGHUP, so that everything is stopped in order; the second ends at once.
 *
 * Ending at once still kills what was started: see `target/lifeline.ts`.
 */
export function watchInterruption(): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(new Failure('interrupted', {}).exitCode);
    controller.abort();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    release() {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}
