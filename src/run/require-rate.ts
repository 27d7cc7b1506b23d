import { healthOf, type ThreadRecord } from '../instruments/load/health.ts';
import { Failure } from '../model/failure.ts';
import type { LoadRound } from '../model/load.ts';
import type { Scenario } from '../model/scenario.ts';

/** Of the flows that were to begin. Above it the run goes on, is not trusted, and says by how much the rate was missed. */
const leastReached = 0.5;
/** Of the time in which load was offered. A generator that had time left was kept waiting by the service. */
const busy = 0.95;
/** In less a process that has just begun is busy with itself. */
const leastMs = 1000;

/**
 * A rate far beyond what the load generator itself can send says nothing of the service: what is measured is our queue.
 *
 * @throws {Failure} `rate-out-of-reach`
 */
export function requireRate({ positions }: Scenario, round: LoadRound, threads: readonly ThreadRecord[]): void {
  const { arrivals, durationMs } = round;
  if (!arrivals || durationMs < leastMs || arrivals.begun >= leastReached * arrivals.wanted) return;
  const { utilization } = healthOf([threads]);
  if (utilization < busy) return;
  const perS = (count: number) => Math.round((count * 1000) / durationMs);
  const at = positions['load.rate'] ?? positions['load.phases'] ?? positions.load;
  throw new Failure(
    'rate-out-of-reach',
    { wantedPerS: perS(arrivals.wanted), begunPerS: perS(arrivals.begun), utilization },
    { at },
  );
}
