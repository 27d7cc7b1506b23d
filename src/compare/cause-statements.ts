import { mean, median } from '../stats/summary.ts';
import { bothSides, type CauseCandidate, type EndpointChange, movedBy, netMove, type Step } from './endpoint-change.ts';
import { figureText, stepText } from './figures.ts';
import { shortStatement } from './short-statement.ts';
import { type PairedStatement, pairedStatements, type TracedUse, tracedUse } from './traced-statements.ts';

/**
 * Half a statement a request, since an endpoint that takes one path or another differs by less between two traces; and
 * a tenth of the smaller count, unless the time moved as well: 100 → 101 statements explain nothing by themselves.
 */
const enoughCalls = { least: 0.5, share: 0.1 } as const;

/** With one request at a time on a warm service, what is left of the scatter of a statement is smaller than this. */
const enoughTime = { least: 0.2, share: 0.2 } as const;

/** Of fewer requests a side, quartiles are single values. */
const fewestRequests = 3;

/**
 * Statements that a request runs more often (less often, where it got faster); else the one that takes longer.
 *
 * `explained` holds the fingerprints of which the plans tell already why they take longer. Times are those of the
 * trace, in which the tap adds some tenths of a millisecond to each execution.
 */
export function causesInStatements(change: EndpointChange, explained: ReadonlySet<string>): readonly CauseCandidate[] {
  const queries = bothSides(change, 'queries');
  if (!queries) return [];
  const whole = { before: tracedUse(queries[0], change.endpoint), after: tracedUse(queries[1], change.endpoint) };
  if (Math.min(whole.before.calls.length, whole.after.calls.length) < fewestRequests) return [];
  const statements = pairedStatements(queries, change.endpoint);
  const cause =
    inCounts(change, whole, statements) ??
    inTimes(
      change,
      whole,
      statements.filter(({ statement }) => !explained.has(statement.fingerprint)),
    );
  return cause ? [cause] : [];
}

type Sides = Pick<PairedStatement, 'before' | 'after'>;

const callsOf = (sides: Sides): Step => [mean(sides.before.calls) ?? 0, mean(sides.after.calls) ?? 0];
const meanWait = (sides: Sides): Step => [mean(sides.before.waitedMs) ?? 0, mean(sides.after.waitedMs) ?? 0];
const usualWait = (sides: Sides): Step => [median(sides.before.waitedMs) ?? 0, median(sides.after.waitedMs) ?? 0];

function inCounts(
  change: EndpointChange,
  whole: Sides,
  statements: readonly PairedStatement[],
): CauseCandidate | undefined {
  const [calls, waits] = [callsOf(whole), meanWait(whole)];
  const explainsMs = waits[1] - waits[0];
  if (explainsMs * change.direction <= 0 || !movedBy(change, calls, { ...enoughCalls, share: 0 })) return undefined;
  if (!movedBy(change, calls, enoughCalls) && !movedBy(change, waits, enoughTime)) return undefined;
  const moved = (pair: PairedStatement) => (callsOf(pair)[1] - callsOf(pair)[0]) * change.direction;
  const [most] = statements.toSorted((a, b) => moved(b) - moved(a));
  if (!most) return undefined;
  return {
    kind: 'statements',
    summary: `statements per request ${stepText(calls)}: ${shortStatement(most.statement.normalized)} ran ${stepText(callsOf(most))} times`,
    explainsMs,
  };
}

function inTimes(
  change: EndpointChange,
  whole: Sides,
  statements: readonly PairedStatement[],
): CauseCandidate | undefined {
  const candidates = statements.flatMap((pair): readonly CauseCandidate[] => {
    const waits = usualWait(pair);
    if (!movedBy(change, waits, enoughTime) || !apart(change, pair)) return [];
    const explainsMs = netMove(change, waits, usualWait(whole));
    if (explainsMs === undefined) return [];
    return [{ kind: 'statements', summary: timeSummary(pair, waits), explainsMs }];
  });
  return candidates.toSorted((a, b) => Math.abs(b.explainsMs ?? 0) - Math.abs(a.explainsMs ?? 0))[0];
}

/** Three in four requests of the slower side waited longer than three in four of the faster one. */
function apart({ direction }: EndpointChange, { before, after }: Sides): boolean {
  const sorted = ({ waitedMs }: TracedUse) => waitedMs.toSorted((a, b) => a - b);
  const [faster, slower] = direction === 1 ? [sorted(before), sorted(after)] : [sorted(after), sorted(before)];
  const quarter = (values: readonly number[]) => Math.floor(values.length / 4);
  return (slower[quarter(slower)] ?? 0) > (faster[faster.length - 1 - quarter(faster)] ?? 0);
}

function timeSummary({ statement, ...sides }: PairedStatement, waits: Step): string {
  const sql = shortStatement(statement.normalized);
  const [was, is] = callsOf(sides);
  if (was === 0) return `a new statement takes ${figureText(waits[1], 'ms')} per request: ${sql}`;
  if (is === 0) return `a statement that took ${figureText(waits[0], 'ms')} per request is gone: ${sql}`;
  const calls = was === is ? 'at as many executions' : `at ${stepText([was, is])} executions`;
  return `a statement takes ${stepText(waits, 'ms')} per request, ${calls}: ${sql}`;
}
