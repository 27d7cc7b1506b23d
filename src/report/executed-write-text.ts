import type { ExecutedWrite } from '../model/plan-trials.ts';
import { formatCount, formatMs, plural } from './format.ts';

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
