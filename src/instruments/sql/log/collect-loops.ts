import type { DuplicateGroup, NPlusOneCandidate, WriteLoop } from '../../../model/query-log.ts';
import { type Burst, createBurstFinder } from './find-bursts.ts';
import { createDuplicateFinder } from './find-duplicates.ts';
import {
  addBurst,
  createLoopGroup,
  type GroupedBurst,
  gradeDuplicate,
  gradeLoop,
  type LoopGrade,
  type LoopGroup,
  sizeRange,
} from './grade-loop.ts';
import { createRecentMap } from './recent-map.ts';
import type { Step } from './session-steps.ts';
import type { StatementTable } from './statement-table.ts';

/** Five calls are what a page of a few rows makes; fewer are common in healthy code. */
const minLoopCalls = 5;
/** Twice may be a check and its use; three times the first result could have been kept. */
const minDuplicateCalls = 3;

/** Sessions that are followed at the same time; the one that was silent longest is given up first. */
const maxSessions = 2_000;
/** Loops of each sort that are kept. */
const maxGroups = 5_000;

interface SessionState {
  readonly bursts: ReturnType<typeof createBurstFinder>;
  readonly repeats: ReturnType<typeof createDuplicateFinder>;
  transaction: number | undefined;
}

/** The loops of all sessions. */
interface LoopCollector {
  /** Statements of one session must come in their order; `step.kind` may be any, BEGIN and COMMIT included. */
  add(session: string, step: Step, transactionControl: 'begin' | 'end' | undefined): void;
  /** Ends all bursts and says what was found: likely first, then by time. */
  finish(): {
    readonly nPlusOne: readonly NPlusOneCandidate[];
    readonly duplicates: readonly DuplicateGroup[];
    readonly writeLoops: readonly WriteLoop[];
  };
  /** What was left out to bound the memory. */
  readonly evicted: { readonly sessions: number; readonly loops: number };
}

/** An empty collector that names statements by `table`. */
export function createLoopCollector(table: Pick<StatementTable, 'textOf'>): LoopCollector {
  const nPlusOne = createGroups();
  const duplicates = createGroups();
  const writeLoops = createGroups();
  let transactions = 0;

  const onBurst = (session: string, burst: Burst) => {
    if (isWrite(burst.kind)) writeLoops.add(`${burst.id}`, session, burst);
    else if (isNPlusOne(burst)) nPlusOne.add(`${burst.id} ${burst.predecessor?.id}`, session, burst);
  };

  const end = ({ bursts, repeats }: SessionState) => {
    bursts.end();
    repeats.end();
  };

  const sessions = createRecentMap<SessionState>(
    maxSessions,
    (session) => ({
      bursts: createBurstFinder(minLoopCalls, (burst) => onBurst(session, burst)),
      repeats: createDuplicateFinder(minDuplicateCalls, (duplicate) => {
        duplicates.add(`${duplicate.id}`, session, duplicate);
      }),
      transaction: undefined,
    }),
    end,
  );

  const common = (id: number, group: LoopGroup, grade: LoopGrade) => ({
    statement: table.textOf(id),
    ...grade,
    bursts: group.bursts,
    callsPerBurst: sizeRange(group),
    calls: group.calls,
    sessions: group.sessions.size,
    totalMs: group.totalMs,
    burstsInTransaction: group.burstsInTransaction,
    ...(group.firstAt === undefined ? {} : { firstAt: group.firstAt }),
  });

  return {
    add(session, step, transactionControl) {
      const state = sessions.get(session);
      if (transactionControl) state.transaction = transactionControl === 'begin' ? ++transactions : undefined;
      // Settings and transaction control carry no data: they neither make a loop nor break one.
      if (step.kind === 'transaction' || step.kind === 'utility') return;
      state.bursts.add(step, state.transaction);
      state.repeats.add(step, state.transaction);
    },
    finish() {
      for (const state of sessions.values()) end(state);
      return {
        nPlusOne: nPlusOne.list(([id = 0, predecessor = 0], group) => ({
          ...common(id, group, gradeLoop(group, minLoopCalls, ' after the same SELECT')),
          predecessor: table.textOf(predecessor),
          cycle: [...group.members].map((member) => table.textOf(member)),
          parametersKnown: group.valuesKnown,
        })),
        duplicates: duplicates.list(([id = 0], group) => ({
          ...common(id, group, gradeDuplicate(group)),
          repeatedMs: group.repeatedMs,
        })),
        writeLoops: writeLoops.list(([id = 0], group) => common(id, group, gradeLoop(group, minLoopCalls, ''))),
      };
    },
    get evicted() {
      return { sessions: sessions.givenUp, loops: nPlusOne.evicted + duplicates.evicted + writeLoops.evicted };
    },
  };
}

function createGroups() {
  const groups = new Map<string, LoopGroup>();
  let evicted = 0;
  return {
    get evicted() {
      return evicted;
    },
    add(key: string, session: string, burst: GroupedBurst) {
      let group = groups.get(key);
      if (!group) {
        if (groups.size === maxGroups) {
          evicted++;
          return;
        }
        group = createLoopGroup();
        groups.set(key, group);
      }
      addBurst(group, session, burst);
    },
    list<T extends { readonly grade: string; readonly totalMs: number }>(
      toEntry: (ids: readonly number[], group: LoopGroup) => T,
    ): readonly T[] {
      return [...groups]
        .map(([key, group]) => toEntry(key.split(' ').map(Number), group))
        .sort((a, b) => rank(a) - rank(b) || b.totalMs - a.totalMs);
    },
  };
}

const rank = ({ grade }: { readonly grade: string }) => (grade === 'likely' ? 0 : 1);

function isWrite(kind: Step['kind']): boolean {
  return kind === 'insert' || kind === 'update' || kind === 'delete';
}

/** A SELECT with differing values after another SELECT. Equal values are a duplicate, and a few equal ones among many are not. */
function isNPlusOne({ id, kind, predecessor, distinctValues, valuesKnown }: Burst): boolean {
  if (kind !== 'select' || predecessor?.kind !== 'select' || predecessor.id === id) return false;
  return distinctValues >= minLoopCalls || !valuesKnown;
}
