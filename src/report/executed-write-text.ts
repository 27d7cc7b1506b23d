import type { ExecutedWrite } from '../model/plan-trials.ts';
import type { PlansArtifact } from '../model/plans.ts';
import { formatCount, formatMs, plural } from './format.ts';

/** How one statement was executed on a copy of the database; `undefined` where it writes nothing or no copy was made. */
export function executedWriteOf(
  { executedWrites = [] }: Pick<PlansArtifact, 'executedWrites'>,
  fingerprint: string,
): ExecutedWrite | undefined {
  return executedWrites.find((write) => write.fingerprint === fingerprint);
}

export function executedWriteText(write: ExecutedWrite): string {
  if (write.status === 'none') return `not executed on the copy: ${write.reason}`;
  const rows = write.rows === 'others' ? ', with other rows, since its own were gone' : '';
  return `${formatMs(write.executionMs)} on a copy, rolled back, median of ${plural(write.runs, 'run')}${rows}`;
}

/** A line for each trigger that fired, the checks of foreign keys among them. */
export function triggerTexts(write: ExecutedWrite): readonly string[] {
  if (write.status === 'none') return [];
  return write.triggers.map(({ name, constraint, table, calls, timeMs }) => {
    const what = constraint === undefined ? name : `check of ${constraint}`;
    return `${formatMs(timeMs)} ${what} on ${table}, called ${calls === 1 ? 'once' : `${formatCount(calls)} times`}`;
  });
}
