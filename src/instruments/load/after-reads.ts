let waiting: (() => void)[] = [];

/**
 * Runs `work` once every answer that lies ready is read.
 *
 * Sending takes longer than reading: an answer would look late by all that was sent between its arrival and its turn.
 */
export function afterReads(work: () => void): void {
  if (waiting.length === 0) setImmediate(runAll);
  waiting.push(work);
}

function runAll(): void {
  const works = waiting;
  waiting = [];
  for (const work of works) work();
}
