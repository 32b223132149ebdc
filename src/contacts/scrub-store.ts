import { lockAccount } from '../campaigns/pausing.ts';
import type { Database, Queryable, Transaction } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';
import { wakeOwner } from '../dialing/attempt-store.ts';
import type { NumberMetadata } from '../exotel/number-metadata.ts';
import { numberToDial } from './number-to-dial.ts';
import { isCleared } from './scrub-rule.ts';
import type { ScrubSettings } from './scrub-settings.ts';

export interface ScrubbedCampaign {
  id: number;
  accountId: number;
  scrub: ScrubSettings;
  /** the account's limit */
  requestsPerMinute: number;
}

/**
 * The campaigns whose numbers are to be cleared now, those that run first. One that starts later waits until half the
 * maximum age before its start: what is learned too early would be too old by then.
 */
export async function campaignsToScrub(queryable: Queryable, accountId: number): Promise<ScrubbedCampaign[]> {
  const found = await queryable.query<ScrubbedCampaign>(
    `select k.id, k.account_id as "accountId", k.definition->'scrub' as scrub, a.requests_per_minute as "requestsPerMinute"
     from campaigns k join accounts a on a.id = k.account_id
     where k.account_id = $1 and jsonb_typeof(k.definition->'scrub') = 'object'
       and (k.status = 'running' or (k.status = 'scheduled' and coalesce(
         k.starts_at < dialer_now() + (k.definition #>> '{scrub,maxAgeMs}')::float8 / 2 * interval '1 ms', true)))
     order by k.status, k.starts_at nulls first, k.id`,
    [accountId],
  );
  return found.rows;
}

/** A contact whose number is not cleared. */
export interface UnclearedContact {
  id: number;
  number: string;
  /** what is known of the number and young enough; null: it is to be asked for */
  dnd: NumberMetadata['dnd'] | null;
}

interface Line {
  priority: number;
  zone: string;
}

/** The contacts of a campaign that wait and are not cleared, in the order in which claims take them, some at a time. */
export async function* unclearedContacts(
  queryable: Queryable,
  campaign: ScrubbedCampaign,
  atOnce: number,
): AsyncGenerator<UnclearedContact[], void, void> {
  for (const line of await linesOf(queryable, campaign.id)) {
    let after: Place | null = { due: '-infinity', id: 0 };
    while (after !== null) {
      const { uncleared, last }: Stretch = await nextStretch(queryable, campaign, line, after);
      for (let from = 0; from < uncleared.length; from += atOnce) yield uncleared.slice(from, from + atOnce);
      after = last;
    }
  }
}

/** The stretches of the index of contacts that wait, found by jumping from one to the next. */
async function linesOf(queryable: Queryable, campaignId: number): Promise<Line[]> {
  const pending = `from contacts c where c.campaign_id = $1 and c.state = 'pending'`;
  const one = `select c.priority, coalesce(c.timezone, '') as zone ${pending}`;
  const order = `order by c.priority desc, coalesce(c.timezone, '') limit 1`;
  const found = await queryable.query<Line>(
    `with recursive line as (
       (${one} ${order})
       union all
       select next.priority, next.zone from line cross join lateral (
         (${one} and c.priority = line.priority and coalesce(c.timezone, '') > line.zone ${order})
         union all
         (${one} and c.priority < line.priority ${order})
         limit 1) next
     )
     select priority, zone from line order by priority desc, zone`,
    [campaignId],
  );
  return found.rows;
}

interface Place {
  due: string;
  id: number;
}

interface Stretch {
  uncleared: UnclearedContact[];
  /** where the next one begins; null: the line is at its end */
  last: Place | null;
}

/** Contacts looked at by one statement: behind a long stretch of cleared ones it must not take all its time. */
const stretchLength = 5000;

async function nextStretch(
  queryable: Queryable,
  { id, scrub }: ScrubbedCampaign,
  line: Line,
  after: Place,
): Promise<Stretch> {
  const found = await queryable.query<{
    due: string;
    last: number;
    id: number | null;
    number: string;
    dnd: UnclearedContact['dnd'];
  }>(
    `with stretch as materialized (
       select c.id, c.number, c.due_at from contacts c
       where c.campaign_id = $1 and c.state = 'pending' and c.priority = $2 and coalesce(c.timezone, '') = $3
         and (c.due_at, c.id) > ($4::timestamptz, $5::bigint)
       order by c.due_at, c.id limit $6
     )
     select last.due_at::text as due, last.id as last, c.id, c.number,
       (select m.dnd from number_metadata m where m.number = c.number
          and m.seen_at > dialer_now() - $7 * interval '1 ms') as dnd
     from (select due_at, id from stretch order by due_at desc, id desc limit 1) last
     left join stretch c on not ${isCleared({ contact: 'c', now: 'dialer_now()', scrub })}
     order by c.due_at, c.id`,
    [id, line.priority, line.zone, after.due, after.id, stretchLength, scrub.maxAgeMs],
  );
  const [first] = found.rows;
  const uncleared = found.rows.flatMap((row) => (row.id === null ? [] : [{ ...row, id: row.id }]));
  return { uncleared, last: first === undefined ? null : { due: first.due, id: first.last } };
}

/** Keeps that nothing can be known of numbers: Exotel need not be asked, and has never said anything else of them. */
export async function storeUnavailable(queryable: Queryable, numbers: readonly string[]): Promise<void> {
  if (numbers.length === 0) return;
  await queryable.query(
    `insert into number_metadata (number, dnd, seen_at) select number, 'unavailable', dialer_now() from unnest($1::text[]) as number
     on conflict (number) do update set dnd = excluded.dnd, seen_at = excluded.seen_at`,
    [numbers],
  );
}

/**
 * Keeps what Exotel said of a number. Anything but `no` tightens a rule, so it waits for the claims under way: none that
 * saw the number cleared commits after this returned.
 */
export async function storeMetadata(
  database: Database,
  accountId: number,
  number: string,
  { dnd, circle, operator, type }: NumberMetadata,
): Promise<void> {
  const store = async (queryable: Queryable): Promise<void> => {
    await queryable.query(
      `insert into number_metadata (number, dnd, circle, operator, type, seen_at)
       values ($1, $2, $3, $4, $5, dialer_now())
       on conflict (number) do update set dnd = excluded.dnd, circle = coalesce(excluded.circle, number_metadata.circle),
         operator = coalesce(excluded.operator, number_metadata.operator),
         type = coalesce(excluded.type, number_metadata.type), seen_at = excluded.seen_at`,
      [number, dnd, circle, operator, type],
    );
  };
  if (dnd === 'no') {
    await store(database);
    return;
  }
  await database.transaction(async (transaction) => {
    await lockAccount(transaction, { accountId });
    await store(transaction);
  });
}

/**
 * Takes contacts out of the line by what is known of their numbers: on the register, they go on with another number of
 * theirs or are suppressed; unknown ones are held where the campaign says so.
 */
export async function applyMetadata(
  database: Database,
  campaign: ScrubbedCampaign,
  contactIds: readonly number[],
): Promise<{ suppressed: number; held: number }> {
  return await database.transaction(async (transaction) => {
    await lockAccount(transaction, { accountId: campaign.accountId });
    const suppressed = await suppressOnRegister(transaction, campaign, contactIds);
    const held =
      campaign.scrub.unavailable === 'hold' ? await holdUnknown(transaction, campaign, contactIds) : 0;
    if (suppressed + held > 0) {
      await recordTrail(transaction, {
        actor: 'dialer',
        what: 'contacts_scrubbed',
        campaignId: campaign.id,
        next: { suppressed, held },
      });
      await wakeOwner(transaction, campaign.accountId);
    }
    return { suppressed, held };
  });
}

async function suppressOnRegister(
  transaction: Transaction,
  { id, accountId, scrub }: ScrubbedCampaign,
  contactIds: readonly number[],
): Promise<number> {
  const next = numberToDial({ contact: 'k', accountId: '$2', campaignId: '$3', now: 'dialer_now()' });
  const moved = await transaction.query<{ state: string }>(
    `update contacts c set number = coalesce(refused.next, c.number),
       state = case when refused.next is null then 'suppressed' else c.state end,
       state_reason = case when refused.next is null then 'do_not_disturb' else c.state_reason end
     from (select k.id, ${next} as next from contacts k join number_metadata m on m.number = k.number
           where k.id = any($1::bigint[]) and k.campaign_id = $3 and k.state = 'pending' and m.dnd = 'yes'
             and m.seen_at > dialer_now() - $4 * interval '1 ms') refused
     where c.id = refused.id and c.state = 'pending'
     returning c.state`,
    [contactIds, accountId, id, scrub.maxAgeMs],
  );
  return moved.rows.filter((contact) => contact.state === 'suppressed').length;
}

async function holdUnknown(
  transaction: Transaction,
  { id, scrub }: ScrubbedCampaign,
  contactIds: readonly number[],
): Promise<number> {
  const held = await transaction.query(
    `with unknown as (
       select c.id from contacts c join number_metadata m on m.number = c.number
       where c.id = any($1::bigint[]) and c.campaign_id = $2 and c.state = 'pending' and m.dnd = 'unavailable'
         and m.seen_at > dialer_now() - $3 * interval '1 ms'
         and not exists (select 1 from scrub_holds h where h.contact_id = c.id)
     ), noted as (
       insert into scrub_holds (contact_id) select id from unknown returning contact_id
     )
     update contacts c set state = 'held', state_reason = 'scrub_unavailable' from noted
     where c.id = noted.contact_id and c.state = 'pending' returning c.id`,
    [contactIds, id, scrub.maxAgeMs],
  );
  return held.rowCount ?? 0;
}

/** Says why numbers are not being cleared, or (null) that they are. */
export async function tellScrubProblem(
  queryable: Queryable,
  accountId: number,
  problem: string | null,
): Promise<void> {
  await queryable.query(
    `update accounts set scrub_problem = $2, scrub_problem_at = case when $2::text is not null then dialer_now() end
     where id = $1 and scrub_problem is distinct from $2`,
    [accountId, problem],
  );
}
