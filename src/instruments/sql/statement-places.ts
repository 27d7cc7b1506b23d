import type { Frame } from '../../model/profile.ts';
import type { CodePlace } from '../../model/queries.ts';
import { splitStatements } from './statement.ts';
import type { WireExecution } from './wire-execution.ts';

/** A statement as the code of the service handed it to its driver. */
export interface SentStatement {
  readonly sql: string;
  readonly backendPid?: number;
  /** Innermost first. */
  readonly stack: readonly Frame[];
}

type Heard = Pick<WireExecution, 'sql' | 'startedAt' | 'connection' | 'backendPid'>;

/** Longer texts are told apart by their beginning. */
const mostText = 100_000;

/**
 * The stack that sent each execution, for those of which that is certain.
 *
 * A connection runs its statements in the order in which they were sent, so that the first of a text on it belongs to
 * the first call with that text. Where calls and executions are not as many, one of them went unseen, and none of that
 * text on that connection is paired.
 */
export function pairWithStacks<H extends Heard>(
  heard: readonly H[],
  sent: readonly SentStatement[],
): ReadonlyMap<H, readonly Frame[]> {
  const stacks = new Map<H, readonly Frame[]>();
  const calls = sent.flatMap((statement) => splitStatements(statement.sql).map((sql) => ({ ...statement, sql })));
  const callsOf = grouped(calls, keyOf);
  for (const [key, executions] of grouped(heard, keyOf)) {
    const own = callsOf.get(key) ?? [];
    if (own.length !== executions.length || key.startsWith('?')) continue;
    const inOrder = executions.toSorted((a, b) => a.startedAt - b.startedAt);
    inOrder.forEach((execution, index) => {
      stacks.set(execution, own[index]?.stack ?? []);
    });
  }
  return stacks;
}

const keyOf = ({ sql, backendPid }: Pick<Heard, 'sql' | 'backendPid'>) =>
  `${backendPid ?? '?'} ${sql.slice(0, mostText)}`;

function grouped<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

/** A statement, by any number that tells it apart, with the stack that sent it. */
interface Sending {
  readonly statement: number;
  readonly stack: readonly Frame[];
}

/** A line that hands on what it is told sends many statements; one that means its own sends one, or a few branches. */
const fewestOfHelper = 3;

/**
 * Where the service means each statement to be sent: the innermost frame of its own code.
 *
 * A line that calls the driver itself and sends three different statements or more is a helper (`db.query(sql)`), which
 * tells nothing: its caller is taken, where that is known.
 */
export function placesOf(sendings: readonly Sending[]): readonly (CodePlace | undefined)[] {
  const byLine = new Map<string, Set<number>>();
  const candidates = sendings.map(({ stack }) => ownFrames(stack));
  candidates.forEach((frames, index) => {
    for (const frame of frames) {
      const statements = byLine.get(lineOf(frame)) ?? new Set();
      byLine.set(lineOf(frame), statements.add(sendings[index]?.statement ?? -1));
    }
  });
  const isHelper = (frame: Frame) => (byLine.get(lineOf(frame))?.size ?? 0) >= fewestOfHelper;
  return candidates.map((frames) => {
    const frame = frames.find((each) => !isHelper(each)) ?? frames[0];
    return frame && placeOf(frame);
  });
}

const lineOf = ({ file, line, column }: Frame) => `${file}:${line}:${column}`;

const isDriver = ({ file }: Frame) => /[\\/]node_modules[\\/](?:pg|pg-pool|postgres|pg-promise)[\\/]/.test(file);

/**
 * The frames of the service's own code, innermost first; of those that an ORM or another package called, the first
 * alone, since what stands above it is not known to hand on a statement.
 */
function ownFrames(stack: readonly Frame[]): readonly Frame[] {
  const first = stack.findIndex(({ kind }) => kind === 'user');
  if (first === -1) return [];
  const isDirect = stack.slice(0, first).every(isDriver);
  const end = stack.findIndex(({ kind }, index) => index > first && kind !== 'user');
  return stack.slice(first, isDirect ? (end === -1 ? undefined : end) : first + 1);
}

function placeOf({ name, file, line, column }: Frame): CodePlace | undefined {
  if (line === undefined) return undefined;
  return { file, line, ...(column !== undefined && { column }), ...(name !== '(anonymous)' && { name }) };
}
