import { isApart, type Step } from './session-steps.ts';

/** Executions of one statement that followed each other in one session, apart from the other members of their loop. */
export interface Burst {
  readonly id: number;
  readonly kind: Step['kind'];
  readonly calls: number;
  /** Different values among the calls; 0 where none was logged. */
  readonly distinctValues: number;
  /** Whether the values of every call were logged. */
  readonly valuesKnown: boolean;
  readonly totalMs: number;
  /** The execution before the burst that is no member of it. */
  readonly predecessor: Pick<Step, 'id' | 'kind'> | undefined;
  /** Other statements that ran in every turn. */
  readonly members: readonly number[];
  readonly inTransaction: boolean;
  /** NaN where the log has no time. */
  readonly startAt: number;
}

interface OpenBurst {
  readonly first: Step;
  /** Values of the calls, from the second one on: most bursts are single calls. */
  values: Set<number> | undefined;
  /** Transaction of the first call; `undefined` outside of one. */
  readonly transaction: number | undefined;
  members: Set<number> | undefined;
  predecessor: Pick<Step, 'id' | 'kind'> | undefined;
  calls: number;
  totalMs: number;
  valuesKnown: boolean;
  inTransaction: boolean;
  lastPosition: number;
}

/** Statements between two turns of a loop; more do not look like a loop. */
const maxMembers = 5;

/** Values that are told apart in one burst: far more than any threshold asks for. */
const maxValues = 10_000;

/** Finds the bursts of one session. */
interface BurstFinder {
  /** @param transaction - number of the transaction that is open in the session, if one is */
  add(step: Step, transaction: number | undefined): void;
  end(): void;
}

/** Hands each burst of at least `minCalls` to `emit` when it is over. */
export function createBurstFinder(minCalls: number, emit: (burst: Burst) => void): BurstFinder {
  const open = new Map<number, OpenBurst>();
  /** The last statements, by position modulo its length. */
  const recent = new Array<number>(maxMembers + 1).fill(-1);
  let position = 0;
  let last: Step | undefined;
  // No burst was last called earlier than here, so until it is due none needs to be looked at.
  let oldestPosition = 0;

  const close = (burst: OpenBurst) => {
    open.delete(burst.first.id);
    if (burst.calls >= minCalls) emit(toBurst(burst));
  };

  const end = () => {
    for (const burst of open.values()) close(burst);
    last = undefined;
  };

  const closeOld = () => {
    oldestPosition = position;
    for (const burst of open.values()) {
      if (position - burst.lastPosition > maxMembers + 1) close(burst);
      else if (burst.lastPosition < oldestPosition) oldestPosition = burst.lastPosition;
    }
  };

  const begin = (step: Step, transaction: number | undefined) => {
    open.set(step.id, {
      first: step,
      values: undefined,
      transaction,
      members: undefined,
      predecessor: last,
      calls: 1,
      totalMs: step.durationMs,
      valuesKnown: step.values !== undefined,
      inTransaction: transaction !== undefined,
      lastPosition: position,
    });
  };

  const proceed = (burst: OpenBurst, step: Step, transaction: number | undefined) => {
    burst.calls++;
    burst.totalMs += step.durationMs;
    burst.lastPosition = position;
    burst.values ??= new Set(burst.first.values === undefined ? [] : [burst.first.values]);
    if (step.values === undefined) burst.valuesKnown = false;
    else if (burst.values.size < maxValues) burst.values.add(step.values);
    if (transaction !== burst.transaction) burst.inTransaction = false;
  };

  /** Whether the executions since the burst's last call are a turn of the same loop; the first turn says which. */
  const isNextTurn = (burst: OpenBurst): boolean => {
    const gap = position - burst.lastPosition - 1;
    if (gap > maxMembers) return false;
    const isFirstTurn = burst.calls === 1;
    for (let at = burst.lastPosition + 1; at < position; at++) {
      const id = recent[at % recent.length] ?? -1;
      if (isFirstTurn) {
        burst.members ??= new Set();
        burst.members.add(id);
      } else if (!burst.members?.has(id)) return false;
    }
    // What stood before the first call of this member stood before that of the member before it.
    if (isFirstTurn && burst.predecessor && burst.members?.has(burst.predecessor.id)) {
      burst.predecessor = open.get(burst.predecessor.id)?.predecessor;
    }
    return true;
  };

  return {
    add(step, transaction) {
      if (last && isApart(last, step)) end();
      position++;
      if (position - oldestPosition > maxMembers + 1) closeOld();
      const burst = open.get(step.id);
      if (burst && isNextTurn(burst)) proceed(burst, step, transaction);
      else {
        if (burst) close(burst);
        begin(step, transaction);
      }
      recent[position % recent.length] = step.id;
      last = step;
    },
    end,
  };
}

function toBurst(burst: OpenBurst): Burst {
  const { first, calls, values, valuesKnown, totalMs, predecessor, members, inTransaction } = burst;
  const distinctValues = values?.size ?? (first.values === undefined ? 0 : 1);
  return {
    ...{ id: first.id, kind: first.kind, calls, distinctValues, valuesKnown, totalMs, inTransaction },
    predecessor: predecessor && { id: predecessor.id, kind: predecessor.kind },
    members: [...(members ?? [])],
    startAt: first.startAt,
  };
}
