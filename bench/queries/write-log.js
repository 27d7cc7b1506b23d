import { closeSync, openSync, writeSync } from 'node:fs';
import { formats } from './log-formats.js';
import { executions } from './workload.js';

/** Text that is written at once. */
const blockLength = 1 << 20;

/** Writes a log of about `bytes`, and says what it holds. */
export function writeLog(path, format, bytes) {
  const file = openSync(path, 'w');
  const counts = { bytes: 0, statements: 0, errors: 0 };
  const textOf = formats[format];
  let block = '';
  const flush = () => {
    counts.bytes += writeSync(file, block);
    block = '';
  };
  try {
    for (const execution of executions(4711)) {
      block += textOf(execution);
      counts.statements++;
      if (execution.error) counts.errors++;
      if (block.length >= blockLength) flush();
      if (counts.bytes + block.length >= bytes) break;
    }
    flush();
  } finally {
    closeSync(file);
  }
  return counts;
}
