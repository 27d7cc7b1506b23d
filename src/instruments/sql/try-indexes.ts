import type { IndexTrial } from '../../model/plans.ts';
import type { Connection } from './connection.ts';
import { type Explained, executionRefusal } from './explain-statement.ts';
import { tryIndex } from './index-trial.ts';
import { withScratchCopy } from './scratch-copy.ts';
import { readTableFacts, type TableFacts } from './table-facts.ts';
import {
  bestTrials,
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

export interface TrialPlace {
  readonly databaseUrl: string;
  /** Whether a copy of the database may be made on its server. */
  readonly scratch: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/** The indexes that the plans of executed statements ask for. */
export async function indexesFor(
  connection: Connection,
  explained: readonly Explained[],
): Promise<ReturnType<typeof wantedIndexes>> {
  const subjects: { readonly subject: TrialSubject; readonly tables: readonly TableFacts[] }[] = [];
  const unread: NoIndex[] = [];
  for (const each of explained) {
    if (!('safety' in each)) continue;
    const { plan, statement, safety } = each;
    const { fingerprint } = plan;
    try {
      const tables = await readTableFacts(connection, safety.tree);
      subjects.push({ subject: { fingerprint, statement, select: safety.select, plan: plan.plan }, tables });
    } catch (error) {
      unread.push({ status: 'none', fingerprint, reason: executionRefusal(error) });
    }
  }
  const { candidates, none } = wantedIndexes(subjects);
  return { candidates, none: [...none, ...unread] };
}

/** Tries the candidates on one scratch copy, or says why they could not be tried. */
export async function tryIndexes(
  candidates: readonly IndexCandidate[],
  { databaseUrl, scratch, signal, onProgress }: TrialPlace,
  leftMs: () => number,
): Promise<readonly IndexTrial[]> {
  const allUntried = (reason: string) => bestTrials(candidates.flatMap((candidate) => untried(candidate, reason)));
  if (candidates.length === 0) return [];
  if (!scratch) return allUntried('no copy of this database may be made: database.scratch is not set');
  if (leftMs() <= 0) return allUntried(outOfTime);
  onProgress('copying the database');
  const copied = await withScratchCopy(
    databaseUrl,
    signal,
    async (copy) => {
      const trials: (readonly (TriedIndex | UntriedIndex)[])[] = [];
      for (const candidate of candidates) {
        const { table, columns } = candidate;
        onProgress(`an index on ${table.writtenAs} (${columns.join(', ')})`);
        trials.push(leftMs() > 0 ? await tryIndex(copy, candidate, leftMs()) : untried(candidate, outOfTime));
      }
      return bestTrials(trials.flat());
    },
    leftMs(),
  );
  return copied.status === 'made' ? copied.value : allUntried(copied.reason);
}
