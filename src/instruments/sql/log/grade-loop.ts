import type { Grade } from '../../../model/finding.ts';
import type { SizeRange } from '../../../model/query-log.ts';

/** What all bursts of one loop have in common. */
export interface LoopGroup {
  bursts: number;
  calls: number;
  totalMs: number;
  repeatedMs: number;
  burstsInTransaction: number;
  valuesKnown: boolean;
  firstAt: number | undefined;
  /** Bursts by their number of calls. */
  readonly sizes: Map<number, number>;
  /** Bursts by session. */
  readonly sessions: Map<string, number>;
  readonly members: Set<number>;
}

/** One burst to be added to its group. */
export interface GroupedBurst {
  readonly calls: number;
  readonly totalMs: number;
  readonly repeatedMs?: number;
  readonly inTransaction: boolean;
  readonly valuesKnown?: boolean;
  readonly members?: readonly number[];
  /** NaN where the log has no time. */
  readonly startAt: number;
}

/** A grade and the sentence that gives its reason. */
export interface LoopGrade {
  readonly grade: Exclude<Grade, 'proven'>;
  readonly reason: string;
}

const maxSizes = 2_000;
const maxSessions = 10_000;
const maxMembers = 10;

/** A group without bursts. */
export function createLoopGroup(): LoopGroup {
  return {
    ...{ bursts: 0, calls: 0, totalMs: 0, repeatedMs: 0, burstsInTransaction: 0, valuesKnown: true },
    firstAt: undefined,
    sizes: new Map(),
    sessions: new Map(),
    members: new Set(),
  };
}

/** Counts one burst of `session` into `group`. */
export function addBurst(group: LoopGroup, session: string, burst: GroupedBurst): void {
  group.bursts++;
  group.calls += burst.calls;
  group.totalMs += burst.totalMs;
  group.repeatedMs += burst.repeatedMs ?? 0;
  if (burst.inTransaction) group.burstsInTransaction++;
  if (burst.valuesKnown === false) group.valuesKnown = false;
  if (!Number.isNaN(burst.startAt)) group.firstAt = Math.min(group.firstAt ?? burst.startAt, burst.startAt);
  increment(group.sizes, burst.calls, maxSizes);
  increment(group.sessions, session, maxSessions);
  for (const member of burst.members ?? []) if (group.members.size < maxMembers) group.members.add(member);
}

function increment<K>(counts: Map<K, number>, key: K, maxKeys: number): void {
  const count = counts.get(key);
  if (count !== undefined || counts.size < maxKeys) counts.set(key, (count ?? 0) + 1);
}

/** A session must have shown the loop this often, for one loop may be chance. */
const minRecurrences = 3;

/**
 * How sure it is that one piece of work ran the bursts.
 *
 * Pools hand a session to one request after another, so runs of one statement also arise by chance. Their lengths
 * then vary as those of coin tosses do (the standard deviation of what exceeds the threshold is about its mean),
 * while a loop over a page has about the length of the page. A transaction is never shared by requests.
 *
 * @param minCalls - the threshold from which on a run counts as a burst
 * @param after - how the reason names what the bursts follow, such as `after the same SELECT`
 */
export function gradeLoop(group: LoopGroup, minCalls: number, after: string): LoopGrade {
  const { bursts, burstsInTransaction } = group;
  if (burstsInTransaction > 0) return inTransaction(bursts, burstsInTransaction);
  let recurrences = 0;
  for (const count of group.sessions.values()) recurrences = Math.max(recurrences, count);
  if (recurrences < minRecurrences) {
    const seen = bursts === 1 ? 'it was seen once' : `no session ran it more than ${times(recurrences)}`;
    return { grade: 'possible', reason: `${seen}; a pool that mixes requests gives such runs by chance` };
  }
  if (!isSteady(group, minCalls)) {
    return { grade: 'possible', reason: 'the lengths of the bursts vary as they do where a pool mixes requests' };
  }
  return { grade: 'likely', reason: `one session ran it ${times(recurrences)}${after}, each time about as long` };
}

/**
 * How sure it is that one piece of work ran equal statements: only a transaction ties them together.
 *
 * How often they recur says nothing, since the same page asked for twice runs all of its statements twice.
 */
export function gradeDuplicate({ bursts, burstsInTransaction }: LoopGroup): LoopGrade {
  if (burstsInTransaction === 0) {
    return { grade: 'possible', reason: 'nothing ties the calls to one request; a pool runs many in one session' };
  }
  return inTransaction(bursts, burstsInTransaction);
}

function inTransaction(bursts: number, burstsInTransaction: number): LoopGrade {
  const which = bursts === 1 ? 'it' : `${burstsInTransaction} of ${bursts} bursts`;
  return { grade: 'likely', reason: `${which} ran within one transaction, which requests do not share` };
}

const times = (count: number) => (count === 1 ? 'once' : `${count} times`);

/** Short bursts are common by chance: this many calls above the threshold, over all bursts, are not. */
const minExcessCalls = 15;

/** Whether lengths vary clearly less than by chance; the fewer bursts there are, the less they may vary. */
function isSteady(group: LoopGroup, minCalls: number): boolean {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (const [size, bursts] of group.sizes) {
    count += bursts;
    sum += size * bursts;
    squares += size * size * bursts;
  }
  const mean = sum / count;
  const excess = mean - minCalls + 1;
  if (excess * count < minExcessCalls) return false;
  const deviation = Math.sqrt(Math.max(0, squares / count - mean * mean));
  const allowed = count >= 20 ? 0.5 : count >= 8 ? 0.35 : 0.1;
  return deviation <= allowed * excess;
}

/** Smallest, median and largest length. */
export function sizeRange({ sizes }: LoopGroup): SizeRange {
  const sorted = [...sizes].sort(([a], [b]) => a - b);
  const half = sorted.reduce((sum, [, bursts]) => sum + bursts, 0) / 2;
  let seen = 0;
  let median = 0;
  for (const [size, bursts] of sorted) {
    median = size;
    seen += bursts;
    if (seen >= half) break;
  }
  return { min: sorted[0]?.[0] ?? 0, median, max: sorted.at(-1)?.[0] ?? 0 };
}
