import type { ConnectionPool } from './connection-pool.ts';
import type { Settlement } from './exchange.ts';
import type { Itinerary, ItineraryPlan } from './itinerary.ts';
import type { Tally } from './tally.ts';

/** What the users of any model need. */
export interface CrowdContext {
  readonly plan: Pick<ItineraryPlan, 'url' | 'seed' | 'share'>;
  readonly pool: ConnectionPool;
  readonly tally: Tally;
  readonly itinerary: Itinerary;
  /** A request is settled and counted. */
  onSettled(): void;
  /** A request was lost, or could not be sent. */
  onTrouble(reason: string): void;
}

/** Why a request was lost or could not be sent. */
export function troubleOf(settlement: Settlement): string | undefined {
  return settlement.kind === 'lost' || settlement.kind === 'refused' ? settlement.reason : undefined;
}
