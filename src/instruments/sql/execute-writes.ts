import type { ExecutedWrite } from '../../model/plan-trials.ts';
import type { TableState } from '../../model/table-state.ts';
import type { Connection } from './connection.ts';
import { executeWrite, type WriteToExecute } from './execute-write.ts';
import { withScratchCopy } from './scratch-copy.ts';
import { outOfTime, type TrialPlace } from './try-indexes.ts';

/** Executes writes on a copy that is there, one after the other, and rolls each back. */
export async function executeWrites(
  copy: Connection,
  writes: readonly WriteToExecute[],
  tables: readonly TableState[],
  { onProgress }: Pick<TrialPlace, 'onProgress'>,
  leftMs: () => number,
): Promise<readonly ExecutedWrite[]> {
  const unindexed = tables.flatMap(({ unindexedReferences }) => unindexedReferences);
  const executed: ExecutedWrite[] = [];
  for (const [index, write] of writes.entries()) {
    onProgress(`write ${index + 1} of ${writes.length}`);
    executed.push(leftMs() > 0 ? await executeWrite(copy, write, unindexed) : unexecuted(write, outOfTime));
  }
  return executed;
}

/** The same on a copy that is made for it; nothing where none may be made. */
export async function executeWritesOnCopy(
  writes: readonly WriteToExecute[],
  tables: readonly TableState[],
  place: TrialPlace,
  leftMs: () => number,
): Promise<readonly ExecutedWrite[]> {
  const { databaseUrl, scratch, signal, onProgress } = place;
  if (!scratch || writes.length === 0) return [];
  if (leftMs() <= 0) return writes.map((write) => unexecuted(write, outOfTime));
  onProgress('copying the database for writes');
  const work = (copy: Connection) => executeWrites(copy, writes, tables, place, leftMs);
  const copied = await withScratchCopy(databaseUrl, signal, work, leftMs());
  return copied.status === 'made' ? copied.value : writes.map((write) => unexecuted(write, copied.reason));
}

export function unexecuted({ fingerprint }: Pick<WriteToExecute, 'fingerprint'>, reason: string): ExecutedWrite {
  return { status: 'none', fingerprint, reason };
}
