import type { LoadGenerator } from './generator.ts';
import { createGeneratorWatch, type ThreadRecord } from './health.ts';
import { raisePriority } from './priority.ts';

/** A generator that runs before other threads while it offers load, and watches how it fares meanwhile. */
export interface WatchedGenerator extends LoadGenerator {
  /** What was seen of each of its threads while load was offered, since the last call; see `healthOf`. */
  takeHealth(): Promise<readonly ThreadRecord[]>;
}

/** Watches the thread that calls this, which must be the one of the generator. */
export function watched(generator: LoadGenerator): WatchedGenerator {
  const watch = createGeneratorWatch();
  let restorePriority: (() => void) | undefined;

  function rest(): void {
    watch.pause();
    restorePriority?.();
    restorePriority = undefined;
  }

  return {
    ...generator,
    resume() {
      restorePriority ??= raisePriority();
      watch.resume();
      generator.resume();
    },
    async pause() {
      await generator.pause();
      rest();
    },
    async close() {
      rest();
      await generator.close();
    },
    takeHealth: async () => [watch.take()],
  };
}
