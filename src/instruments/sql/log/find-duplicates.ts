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

/** Hands each group to `emit` when its window is over; single executions too. */
export function createDuplicateFinder(emit: (duplicate: Duplicate) => void): DuplicateFinder {
  const open = new Map<string, { duplicate: Duplicate; transaction: number | undefined }>();

  const close = (key: string) => {
    const group = open.get(key);
    open.delete(key);
    if (group) emit(group.duplicate);
  };

  return {
    add(step, transaction) {
      const { id, durationMs, startAt } = step;
      if (step.kind !== 'select' || step.values === undefined || startAt === undefined) return;
      const key = `${id} ${step.values}`;
      const group = open.get(key);
      if (group && startAt - group.duplicate.startAt <= windowMs) {
        const { duplicate } = group;
        group.duplicate = {
          ...duplicate,
          calls: duplicate.calls + 1,
          totalMs: duplicate.totalMs + durationMs,
          repeatedMs: duplicate.repeatedMs + durationMs,
          inTransaction: duplicate.inTransaction && transaction === group.transaction,
        };
        return;
      }
      close(key);
      const inTransaction = transaction !== undefined;
      const duplicate = { id, calls: 1, totalMs: durationMs, repeatedMs: 0, inTransaction, startAt };
      open.set(key, { duplicate, transaction });
      const oldest = open.keys().next();
      if (open.size > maxRemembered && !oldest.done) close(oldest.value);
    },
    end() {
      for (const key of [...open.keys()]) close(key);
    },
  };
}
