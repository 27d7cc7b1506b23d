import { waitedMs } from '../model/concurrency.ts';
import type { Execution, QueriesArtifact, TracedRequest } from '../model/queries.ts';

/** How long one request held connections, in ms: each from the first to the last statement of a transaction, else by statement. */
export function heldMs({ executions }: TracedRequest, { statements }: QueriesArtifact): number {
  const connections = [...new Set(executions.map(({ connection }) => connection))];
  return connections.reduce((sum, connection) => {
    const own = executions.filter((execution) => execution.connection === connection);
    return sum + waitedMs(spansOf(own, ({ statement }) => statements[statement]?.normalized ?? ''));
  }, 0);
}

type Span = Pick<Execution, 'startMs' | 'durationMs'>;

/** Statements outside of transactions, and transactions as a whole: from BEGIN to the end of what ends it. */
function spansOf(executions: readonly Execution[], textOf: (execution: Execution) => string): readonly Span[] {
  const spans: Span[] = [];
  let beganMs: number | undefined;
  for (const execution of executions.toSorted((a, b) => a.startMs - b.startMs)) {
    const endMs = execution.startMs + execution.durationMs;
    const text = textOf(execution);
    if (beganMs === undefined && /^(?:begin|start)\b/i.test(text)) beganMs = execution.startMs;
    else if (beganMs === undefined) spans.push(execution);
    else if (/^(?:commit|end|abort|rollback(?!.*\bto\b))\b/i.test(text)) {
      spans.push({ startMs: beganMs, durationMs: endMs - beganMs });
      beganMs = undefined;
    }
  }
  return spans;
}
