import { waitedMs } from './concurrency.ts';
import { type Execution, parametersKey, type TracedRequest } from './queries.ts';

/** Two waits may be chance; the third question shows a rhythm. */
const minQuestions = 3;
/** Shorter than any timer that somebody would poll with, longer than what a service computes between two statements. */
const minWaitMs = 5;
/** Of each wait, in which the request asks the database nothing else. */
const minIdleShare = 0.8;
/** The longest wait by the shortest: timers of a busy process come late. */
const maxUnsteadiness = 2;

/**
 * Whether the same question was asked again and again to wait for something: equal values, and between them waits of
 * one length, or of a growing one, that are longer than the answers take.
 *
 * Parts of a request that each ask for the same thing follow each other without a rhythm, and at once.
 */
export function isPolling(executions: readonly Execution[], { executions: all }: TracedRequest): boolean {
  if (executions.length < minQuestions || new Set(executions.map(parametersKey)).size > 1) return false;
  const ordered = [...executions].sort((a, b) => a.startMs - b.startMs);
  const waits = ordered.slice(1).map(({ startMs }, index) => {
    const fromMs = endMs(ordered[index]);
    return { fromMs, lengthMs: startMs - fromMs };
  });
  const answers = ordered.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const usualMs = answers[answers.length >> 1] ?? 0;
  const isWaiting = waits.every(
    ({ fromMs, lengthMs }) =>
      lengthMs >= Math.max(minWaitMs, usualMs) &&
      busyMs(all, fromMs, fromMs + lengthMs) <= (1 - minIdleShare) * lengthMs,
  );
  const lengths = waits.map(({ lengthMs }) => lengthMs);
  const steady = Math.max(...lengths) <= maxUnsteadiness * Math.min(...lengths);
  const backsOff = lengths.every(
    (length, index) => index === 0 || length >= (lengths[index - 1] ?? 0) / maxUnsteadiness,
  );
  return isWaiting && (steady || backsOff);
}

/** How long the database was at work for this request between two moments. */
function busyMs(executions: readonly Execution[], fromMs: number, toMs: number): number {
  const within = executions.flatMap((execution) => {
    const startMs = Math.max(fromMs, execution.startMs);
    const durationMs = Math.min(toMs, endMs(execution)) - startMs;
    return durationMs > 0 ? [{ startMs, durationMs }] : [];
  });
  return waitedMs(within);
}

function endMs(execution: Execution | undefined): number {
  return execution ? execution.startMs + execution.durationMs : 0;
}
