import type { Queryable } from '../db/pool.ts';
import { campaignSummary } from './summary.ts';
import type { CampaignSummary } from './summary.ts';

/** A campaign as somebody who watches it wants to know it, at one moment. */
export interface Progress {
  summary: CampaignSummary;
  /** Pending contacts that were called before and wait for their next call. */
  waitingForRetry: number;
  /** When the last pending contact falls due; null where every one is due at once. */
  lastDueAt: Date | null;
  /** How many contacts reached a final state within the last `recentMs` of dialling. */
  recentlyDone: number;
  /** Up to five minutes; less where dialling began later. */
  recentMs: number;
  /** The dialer's clock. */
  now: Date;
  timezone: string;
}

/**
 * Reads how a campaign is getting on.
 * @throws UserError when there is no such campaign
 */
export async function campaignProgress(queryable: Queryable, name: string): Promise<Progress> {
  const summary = await campaignSummary(queryable, name);
  const waiting = await waitingContacts(queryable, name);
  const recent = await recentlyDone(queryable, name);
  return {
    summary,
    waitingForRetry: waiting.waiting,
    lastDueAt: waiting.last_due_at,
    recentlyDone: recent.done,
    recentMs: recent.milliseconds,
    now: recent.now,
    timezone: recent.timezone,
  };
}

/** A contact that was never put off is due since ever; the retry rules alone give it another time. */
async function waitingContacts(
  queryable: Queryable,
  name: string,
): Promise<{ waiting: number; last_due_at: Date | null }> {
  const found = await queryable.query<{ waiting: number; last_due_at: Date | null }>(
    `select count(*) as waiting, max(due_at) as last_due_at from contacts
     where campaign_id = (select id from campaigns where name = $1) and state = 'pending' and due_at > '-infinity'`,
    [name],
  );
  return found.rows[0] ?? { waiting: 0, last_due_at: null };
}

interface RecentlyDone {
  done: number;
  milliseconds: number;
  now: Date;
  timezone: string;
}

/**
 * Contacts have no time of their own at which they were done: it is that of the attempt that settled last. The time
 * counted begins with the first of their attempts, so that a pause before it does not slow the rate.
 */
async function recentlyDone(queryable: Queryable, name: string): Promise<RecentlyDone> {
  const found = await queryable.query<RecentlyDone>(
    `with clock as materialized (select dialer_now() as now)
     select count(distinct t.contact_id) filter (where c.state not in ('pending', 'dialing')) as done,
       extract(epoch from least(clock.now - coalesce(min(t.claimed_at), clock.now), interval '5 min'))::float8 * 1000
         as milliseconds,
       clock.now, k.definition->'schedule'->>'timezone' as timezone
     from clock cross join campaigns k
     left join attempts t on t.account_id = k.account_id and t.campaign_id = k.id and t.state = 'settled'
       and t.settled_at > clock.now - interval '5 min'
     left join contacts c on c.id = t.contact_id
     where k.name = $1 group by k.id, clock.now`,
    [name],
  );
  return found.rows[0] ?? { done: 0, milliseconds: 0, now: new Date(0), timezone: 'UTC' };
}
