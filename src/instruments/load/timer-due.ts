import { performance } from 'node:perf_hooks';

/**
 * libuv's clock ticks in whole milliseconds: a timer of an idle loop is up to this late by itself.
 *
 * So much is a jitter of the schedule: the service sees the request at the moment at which it is sent, and does not
 * make it wait. What goes beyond is a generator that could not keep up, and counts as response time.
 */
const granularityMs = 1;

/** When a request is due that a timer was to send at `nominal`, by `performance.now()`; never after now. */
export function dueAfterTimer(nominal: number): number {
  return Math.min(performance.now(), nominal + granularityMs);
}
