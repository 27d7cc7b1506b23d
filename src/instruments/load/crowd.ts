import type { LoadRound } from '../../model/load.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { Itinerary, ItineraryPlan } from './itinerary.ts';
import type { Tally } from './tally.ts';

/** The users of one model; a generator drives them. */
export interface Crowd {
  resume(): void;
  pause(): void;
  isWaiting(): boolean;
  /** Offered time since the last `take`; it stands still while paused. */
  clockMs(): number;
  take(): Pick<LoadRound, 'durationMs' | 'arrivals'>;
  close(): void;
}

/** What the users of any model need. */
export interface CrowdContext {
  readonly plan: Pick<ItineraryPlan, 'url' | 'seed' | 'share'>;
  readonly pool: ConnectionPool;
  readonly tally: Tally;
  readonly itinerary: Itinerary;
  /** A request is settled and counted, or the last one that was due at a pause has begun. */
  onSettled(): void;
}
