import type { StatementPlan } from '../model/plans.ts';
import { formatMs, plural } from './format.ts';

/**
 * What stands behind the time of an executed plan: EXPLAIN reads the clock for each row of each node, so that a plan of
 * many rows can take longer under it than the statement does with its way to the client and back.
 */
export function planTimesText({
  runsMs,
  planningMs,
  roundTripMs,
}: Extract<StatementPlan, { status: 'analyzed' }>): string {
  return `median of ${plural(runsMs.length, 'run')}; planning ${formatMs(planningMs)}; round trip without EXPLAIN ${formatMs(roundTripMs)}`;
}
