import { availableParallelism } from 'node:os';

/** A thread for fewer connections would idle, and wake the machine for single requests. */
const connectionsPerThread = 8;
/** Together they send more requests per second than any service under test on one machine answers. */
const mostThreads = 8;

/**
 * How many threads the load generator has.
 *
 * At least half of the cores stay with the service and its database: a generator that competes with them measures
 * itself. So on two cores there is one.
 */
export function threadsFor(connections: number, cores: number = availableParallelism()): number {
  const wanted = Math.min(mostThreads, Math.floor(cores / 2), Math.floor(connections / connectionsPerThread));
  return Math.max(1, wanted);
}
