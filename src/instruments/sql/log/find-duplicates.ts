import type { Step } from './session-steps.ts';

/** Executions of one SELECT with the same values within {@link windowMs} of one session. */
interface Duplicate {
  readonly id: number;
  readonly calls: number;
  readonly totalMs: number;
  /** Time of all calls but the first. */
  readonly repeatedMs: number;
  readonly inTransaction: boolean;
  readonly startAt: number;
}

/** Longer than a request takes, shorter than most caches live. */
const windowMs = 1_000;

/** Different executions of one session that are remembered. */
const maxRemembered = 500;

/** Finds the duplicates of one session; it needs times and whole values, and passes over steps without them. */
interface DuplicateFinder {
  add(step: Step, transaction: number | undefined): void;
  end(): void;
}

type OpenDuplicate = { -readonly [K in keyof Duplicate]: Duplicate[K] } & { readonly transaction: number | undefined };

/** Hands each group of at least `minCalls` to `emit` when its window is over. */
export function createDuplicateFinder(minCalls: number, emit: (duplicate: Duplicate) => void): DuplicateFinder {
  const open = new Map<number, OpenDuplicate>();
  // Groups whose window is over are dropped together, once there are as many again.
  let wantedSize = 64;

  const close = (key: number, group: OpenDuplicate) => {
    open.delete(key);
    if (group.calls >= minCalls) emit(group);
  };

  const closeOver = (now: number) => {
    for (const [key, group] of open) if (now - group.startAt > windowMs) close(key, group);
    for (const [key, group] of open) {
      if (open.size <= maxRemembered) break;
      close(key, group);
    }
    wantedSize = Math.min(maxRemembered, 64 + 2 * open.size);
  };

  return {
    add({ id, kind, values, durationMs, startAt }, transaction) {
      // The hash is that of the text too, so that equal ones are of one statement.
      if (kind !== 'select' || values === undefined || Number.isNaN(startAt)) return;
      const group = open.get(values);
      if (group && startAt - group.startAt <= windowMs) {
        group.calls++;
        group.totalMs += durationMs;
        group.repeatedMs += durationMs;
        group.inTransaction &&= transaction === group.transaction;
        return;
      }
      if (group) close(values, group);
      const inTransaction = transaction !== undefined;
      open.set(values, { id, calls: 1, totalMs: durationMs, repeatedMs: 0, inTransaction, startAt, transaction });
      if (open.size > wantedSize) closeOver(startAt);
    },
    end() {
      for (const [key, group] of open) close(key, group);
    },
  };
}
