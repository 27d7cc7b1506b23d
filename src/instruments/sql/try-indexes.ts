import type { IndexTrial } from '../../model/plan-trials.ts';
import type { TableState } from '../../model/table-state.ts';
import { bestTrials } from './best-trials.ts';
import { type Connection, withConnection } from './connection.ts';
import { coveringColumns } from './covering-columns.ts';
import { type Explained, executionRefusal } from './explain-statement.ts';
import { estimateIndex, hasHypotheticalIndexes } from './hypothetical-index.ts';
import { measureIdleIndexes } from './idle-indexes.ts';
import { tryIndex, tryIndexInTransaction } from './index-trial.ts';
import { withScratchCopy } from './scratch-copy.ts';
import { readTableFacts } from './table-facts.ts';
import {
  type EstimatedIndex,
  type IndexCandidate,
  type NoIndex,
  type TrialSubject,
  type TriedIndex,
  type UntriedIndex,
  untried,
  wantedIndexes,
} from './wanted-indexes.ts';

/** Said of what did not fit into the budget of the pass. */
export const outOfTime = 'the time for the explain pass ran out';

/** A statement that finds fewer rows does not care whether each is read from the table. */
const minCoveredRows = 100;

export interface TrialPlace {
  readonly databaseUrl: string;
  /** Whether a copy of the database may be made on its server. */
  readonly scratch: boolean;
  /** Whether an index may be built on the database itself, in a transaction that is rolled back. */
  readonly inTransaction?: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/** What the plans of executed statements ask for. */
export interface IndexWishes {
  /** Every executed read of the workload. */
  readonly reads: readonly TrialSubject[];
  readonly candidates: readonly IndexCandidate[];
  readonly none: readonly NoIndex[];
}

/** @param constants - of the statements whose text never changes but in its parameters, the fingerprints */
export async function indexesFor(
  connection: Connection,
  explained: readonly Explained[],
  constants: ReadonlySet<string>,
): Promise<IndexWishes> {
  const reads: TrialSubject[] = [];
  const unread: NoIndex[] = [];
  for (const each of explained) {
    if (!('safety' in each)) continue;
    const { plan, statement, safety } = each;
    const { fingerprint, sql: shown } = plan;
    try {
      const tables = await readTableFacts(connection, safety.tree);
      const isConstant = constants.has(fingerprint);
      const subject = { fingerprint, shown, statement, select: safety.select, plan: plan.plan };
      reads.push({ ...subject, constants: isConstant, tables });
    } catch (error) {
      unread.push({ status: 'none', fingerprint, reason: executionRefusal(error) });
    }
  }
  const { candidates, none } = wantedIndexes(reads);
  return { reads, candidates, none: [...none, ...unread] };
}

/** What was tried, and the tables with what their idle indexes cost. */
export interface Tried {
  readonly trials: readonly IndexTrial[];
  readonly tables: readonly TableState[];
}

/**
 * Tries the candidates on one scratch copy; where none may be made, in a transaction or by HypoPG; or says why they
 * could not be tried. On a copy the writes are tried without the indexes that nobody uses, too.
 */
export async function tryIndexes(
  { candidates, reads }: IndexWishes,
  tables: readonly TableState[],
  place: TrialPlace,
  leftMs: () => number,
): Promise<Tried> {
  const { databaseUrl, scratch, inTransaction = false, signal, onProgress } = place;
  const allUntried = (reason: string): Tried => ({
    trials: bestTrials(candidates.flatMap((candidate) => untried(candidate, reason))),
    tables,
  });
  if (inTransaction || !scratch) return { trials: await tryInPlace(candidates, place, leftMs), tables };
  const idle = tables.some(({ indexes }) => indexes.some(({ keptFor, scans }) => !keptFor && scans === 0));
  if (candidates.length === 0 && !idle) return { trials: [], tables };
  if (leftMs() <= 0) return allUntried(outOfTime);
  onProgress('copying the database');
  const copied = await withScratchCopy(
    databaseUrl,
    signal,
    async (copy): Promise<Tried> => {
      const trigger = await eventTrigger(copy);
      if (trigger !== undefined) return allUntried(actsOnIndexes(trigger));
      return {
        trials: await tryAll(copy, candidates, reads, place, leftMs),
        tables: await measureIdleIndexes(copy, tables, onProgress, leftMs),
      };
    },
    leftMs(),
  );
  return copied.status === 'made' ? copied.value : allUntried(copied.reason);
}

async function tryAll(
  copy: Connection,
  candidates: readonly IndexCandidate[],
  reads: readonly TrialSubject[],
  { onProgress }: TrialPlace,
  leftMs: () => number,
): Promise<readonly IndexTrial[]> {
  const trials: (TriedIndex | UntriedIndex)[] = [];
  const attempt = async (candidate: IndexCandidate) => {
    onProgress(`an index on ${candidate.table.writtenAs} (${candidate.columns.join(', ')})`);
    return leftMs() > 0 ? tryIndex(copy, candidate, reads, leftMs()) : untried(candidate, outOfTime);
  };
  for (const candidate of candidates) trials.push(...(await attempt(candidate)));
  // An index that also holds what the statement wants is tried where the plain one is taken for many rows.
  for (const wider of coveringCandidates(candidates, bestTrials(trials))) {
    if (leftMs() > 0) trials.push(...(await attempt(wider)).filter(({ status }) => status === 'tried'));
  }
  return bestTrials(trials);
}

function coveringCandidates(
  candidates: readonly IndexCandidate[],
  best: readonly IndexTrial[],
): readonly IndexCandidate[] {
  return best.flatMap((trial) => {
    if (trial.status !== 'tried' || !trial.used || (trial.planAfter.actualRows ?? 0) < minCoveredRows) return [];
    const { columns, predicate, fingerprint } = trial;
    const candidate = candidates.find(
      (each) =>
        each.table.writtenAs === trial.table &&
        each.predicate === predicate &&
        JSON.stringify(each.columns) === JSON.stringify(columns) &&
        each.subjects.some((subject) => subject.fingerprint === fingerprint),
    );
    const subject = candidate?.subjects.find((each) => each.fingerprint === fingerprint);
    if (!candidate || !subject) return [];
    const include = coveringColumns(subject.select, subject.tables, candidate.table, columns, predicate);
    return include ? [{ ...candidate, include, subjects: [subject] }] : [];
  });
}

async function tryInPlace(
  candidates: readonly IndexCandidate[],
  { databaseUrl, inTransaction = false, signal, onProgress }: TrialPlace,
  leftMs: () => number,
): Promise<readonly IndexTrial[]> {
  if (candidates.length === 0) return [];
  return withConnection(databaseUrl, signal, async (connection) => {
    const trigger = inTransaction ? await eventTrigger(connection) : undefined;
    if (trigger !== undefined) return bestTrials(candidates.flatMap((each) => untried(each, actsOnIndexes(trigger))));
    const isPlanned = !inTransaction && (await hasHypotheticalIndexes(connection));
    const trials: (TriedIndex | EstimatedIndex | UntriedIndex)[] = [];
    for (const candidate of candidates) {
      onProgress(`an index on ${candidate.table.writtenAs} (${candidate.columns.join(', ')})`);
      if (leftMs() <= 0) trials.push(...untried(candidate, outOfTime));
      else if (inTransaction) trials.push(...(await tryIndexInTransaction(connection, candidate, leftMs())));
      else if (isPlanned) trials.push(...(await estimateIndex(connection, candidate)));
      else
        trials.push(
          ...untried(candidate, 'no copy of this database may be made: neither database.scratch nor --scratch is set'),
        );
    }
    return bestTrials(trials);
  });
}

const actsOnIndexes = (trigger: string) => `the event trigger ${trigger} would act on each index`;

/** One that would run for our DDL. */
export async function eventTrigger(copy: Connection): Promise<string | undefined> {
  const [row] = await copy.run(`SELECT evtname FROM pg_event_trigger WHERE evtenabled <> 'D' ORDER BY evtname`);
  return row?.[0] ?? undefined;
}
