import type { Queryable } from '../db/pool.ts';
import { UserError } from '../errors.ts';
import { campaignState } from '../reports/summary.ts';
import { isCleared } from './scrub-rule.ts';
import type { ScrubSettings } from './scrub-settings.ts';

/** How far a campaign's numbers are cleared, as `dialer contacts scrub --json` prints it. */
export interface ScrubProgress {
  campaign: string;
  maxAgeMs: number;
  unavailable: ScrubSettings['unavailable'];
  /** contacts that wait to be called and may be */
  cleared: number;
  /** contacts that are not called since their numbers are on the register */
  onRegister: number;
  /** contacts of whose numbers nothing is known: they are held, or, where the campaign says so, among the cleared */
  nothingKnown: number;
  held: number;
  /** contacts whose numbers are still to be asked for */
  waiting: number;
  /** requests that takes, and the minutes when nothing else needs the account's limit */
  requests: number;
  minutes: number;
  /** why it does not get on; null: it does, or need not */
  problem: string | null;
}

interface Counts {
  cleared: number;
  on_register: number;
  unavailable: number;
  held: number;
  waiting: number;
  requests: number;
  problem: string | null;
}

/**
 * How far the scrub of a campaign is, at this moment.
 * @throws UserError when there is no such campaign, or it has no scrub
 */
export async function scrubProgress(queryable: Queryable, name: string): Promise<ScrubProgress> {
  const { id, definition, requests_per_minute: perMinute } = await campaignState(queryable, name);
  const scrub = definition.scrub ?? null;
  if (scrub === null) {
    throw new UserError(
      `campaign ${name} does not check its numbers: write \`scrub: { maxAge: 7d }\` into its file and take it over with ` +
        `\`dialer campaign resume ${name} --file FILE\``,
    );
  }
  const counts = await countContacts(queryable, id, scrub);
  return {
    campaign: name,
    maxAgeMs: scrub.maxAgeMs,
    unavailable: scrub.unavailable,
    cleared: counts.cleared,
    onRegister: counts.on_register,
    nothingKnown: counts.unavailable,
    held: counts.held,
    waiting: counts.waiting,
    requests: counts.requests,
    minutes: Math.ceil(counts.requests / perMinute),
    problem: counts.waiting === 0 ? null : counts.problem,
  };
}

async function countContacts(
  queryable: Queryable,
  campaignId: number,
  scrub: ScrubSettings,
): Promise<Counts> {
  const found = await queryable.query<Counts>(
    `select count(*) filter (where c.state = 'pending' and c.cleared) as cleared,
       count(*) filter (where c.state = 'suppressed' and c.state_reason = 'do_not_disturb'
         or c.state = 'pending' and c.dnd = 'yes') as on_register,
       count(*) filter (where c.state = 'pending' and c.dnd = 'unavailable'
         or c.state = 'held' and c.state_reason = 'scrub_unavailable') as unavailable,
       count(*) filter (where c.state = 'held' and c.state_reason = 'scrub_unavailable') as held,
       count(*) filter (where c.state = 'pending' and c.dnd is null) as waiting,
       count(distinct c.number) filter (where c.state = 'pending' and c.dnd is null and c.number ~ '^\\+91[0-9]{10}$')
         as requests,
       (select a.scrub_problem from campaigns k join accounts a on a.id = k.account_id where k.id = $1) as problem
     from (
       select c.state, c.state_reason, c.number, ${isCleared({ contact: 'c', now: 'dialer_now()', scrub })} as cleared,
         (select m.dnd from number_metadata m where m.number = c.number
            and m.seen_at > dialer_now() - $2 * interval '1 ms') as dnd
       from contacts c where c.campaign_id = $1 and c.state in ('pending', 'suppressed', 'held')
     ) c`,
    [campaignId, scrub.maxAgeMs],
  );
  const counts = found.rows[0];
  if (counts === undefined) throw new Error('counting brought no row');
  return counts;
}
