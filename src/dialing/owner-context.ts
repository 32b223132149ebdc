import type { Clock } from '../clock.ts';
import type { Database } from '../db/pool.ts';
import type { ExotelClient } from '../exotel/client.ts';
import type { CallDetailsApi } from '../exotel/get-call-details.ts';
import type { Log } from '../log.ts';
import type { ActiveCallsTrust } from '../results/active-calls-trust.ts';
import type { PollSchedule } from '../results/poll-schedule.ts';
import type { Limiter } from './limiter.ts';
import type { Term } from './ownership.ts';
import type { Throttle } from './throttle.ts';
import type { UnheardClaims } from './unheard-claims.ts';
import type { Wake } from './wake.ts';
import type { ZoneWatch } from './zone-watch.ts';

/** What the loops of one term of ownership share. Made when the term begins, dropped when it ends. */
export interface OwnerContext {
  database: Database;
  term: Term;
  client: ExotelClient;
  /** the API that tells of v2's calls */
  callDetails: CallDetailsApi;
  limiter: Limiter;
  throttle: Throttle;
  /** outlives the term */
  unheard: UnheardClaims;
  /** attempts that are placed right now, until their answers are stored; outlives the term, which does not wait for them */
  placings: Map<string, Promise<void>>;
  schedule: PollSchedule;
  /** how far v3's list of calls under way is believed */
  activeCalls: ActiveCallsTrust;
  /** where Exotel reports an attempt's events, or null without callbacks */
  callbackUrl: (attemptId: string) => string | null;
  /** rouses the dispatcher */
  wake: Wake;
  /** rouses the collector */
  lookWake: Wake;
  zoneWatch: ZoneWatch;
  clock: Clock;
  log: Log;
  windowMs: number;
}
