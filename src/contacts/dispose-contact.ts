import { lockAccount } from '../campaigns/pausing.ts';
import type { Database, Transaction } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';
import { UserError } from '../errors.ts';
import { requireCallableAt } from './dispose-call-time.ts';
import type { DispositionCode } from './disposition-codes.ts';
import { effectOf } from './disposition-codes.ts';
import { applyDisposition, lockDisposableContact } from './disposition-effect.ts';
import type { AppliedDisposition, DisposableContact } from './disposition-effect.ts';
import { suppressWithin } from './suppress-numbers.ts';

/** What somebody says of a contact. */
export interface GivenDisposition {
  /** E.164: one of the contact's */
  number: string;
  code: DispositionCode;
  /** with `call_at`, and only with it */
  callAt: Date | null;
  note: string | null;
}

/**
 * When it counts as said already: where it is the last thing said of the contact, or where it ever was. A person may say
 * the same again after something else; a file that is given again says nothing new, whatever was said since.
 */
export type Saying = 'anew' | 'once';

/** What came of saying it, as `dispose --json` prints it. */
export interface Disposed {
  campaign: string;
  number: string;
  name: string | null;
  /** the list that the contact came from, and its row there */
  list: string;
  row: number;
  disposition: DispositionCode;
  callAt: Date | null;
  note: string | null;
  /** `already`: it was said of the contact before, as `Saying` has it; `after_call`: it waits for the end of a call under way */
  result: 'done' | 'already' | 'after_call';
  contactState: string;
  /** called in place of a wrong number */
  nextNumber: string | null;
}

/**
 * Stores what somebody says of a contact and lets it take effect, also after the contact was finished. While a call to
 * it is under way the call stays as it is, and the disposition takes effect when that has settled; a number that must
 * not be called is suppressed at once all the same.
 * @throws UserError when no contact has the number, or it cannot be called at the time that was given
 */
export async function disposeContact(
  database: Database,
  campaign: string,
  given: GivenDisposition,
  actor: string,
  saying: Saying = 'anew',
): Promise<Disposed> {
  return await database.transaction(async (transaction) => {
    const campaignId = await campaignIdOf(transaction, campaign);
    await lockAccount(transaction, { campaignId });
    const found = await contactOf(transaction, campaign, campaignId, given.number);
    // the order in which settle locks them: with the account held no claim makes another attempt
    const liveAttempt = await lockLiveAttempt(transaction, found.id);
    const contact = await lockDisposableContact(transaction, found.id);
    if (contact === null) throw new Error('a contact went away under the lock of its account');
    const said = { campaign, ...found.told, ...told(given) };
    const before =
      saying === 'once'
        ? everSaid(transaction, campaignId, given)
        : isLastSaid(transaction, contact.id, given);
    if (await before) {
      return { ...said, result: 'already', contactState: contact.state, nextNumber: null };
    }
    if (given.callAt !== null) await requireCallableAt(transaction, contact, given.number, given.callAt);
    const id = await insertDisposition(
      transaction,
      contact.id,
      liveAttempt ?? found.lastAttempt,
      given,
      actor,
    );
    const applied = await takeEffect(transaction, contact, { id, ...given }, actor);
    await recordTrail(transaction, {
      actor,
      what: 'contact_disposed',
      campaignId,
      contactId: contact.id,
      previous: { state: contact.state },
      next: { disposition: id, code: given.code, callAt: given.callAt, movedTo: applied?.movedTo ?? null },
    });
    return {
      ...said,
      result: applied === null ? 'after_call' : 'done',
      contactState: await stateOf(transaction, contact.id),
      nextNumber: applied?.nextNumber ?? null,
    };
  });
}

/** @returns null where it waits for the end of a call */
async function takeEffect(
  transaction: Transaction,
  contact: DisposableContact,
  disposition: GivenDisposition & { id: number },
  actor: string,
): Promise<AppliedDisposition | null> {
  const effect = effectOf(disposition.code);
  const stored = { ...disposition, call_at: disposition.callAt };
  if (effect === 'suppress') {
    // the person, not the telephone: another number of theirs is no way around it
    await suppressWithin(
      transaction,
      { accountId: contact.account_id, campaignId: null },
      [...new Set([disposition.number, ...contact.numbers])],
      { source: 'disposition', reason: disposition.note, expiresAt: null, actor },
    );
  }
  if (contact.state === 'dialing' && effect !== 'note') return null;
  return await applyDisposition(transaction, contact, stored);
}

async function campaignIdOf(transaction: Transaction, name: string): Promise<number> {
  const found = await transaction.query<{ id: number }>('select id from campaigns where name = $1', [name]);
  const campaign = found.rows[0];
  if (campaign === undefined) {
    throw new UserError(`there is no campaign ${name}: \`dialer campaign list\` shows those there are`);
  }
  return campaign.id;
}

interface FoundContact {
  id: number;
  lastAttempt: string | null;
  told: Pick<Disposed, 'name' | 'list' | 'row'>;
}

/**
 * Of several contacts with one number the one that was called last, and where none was, the first that may still be: one
 * that another took the place of is not meant.
 */
async function contactOf(
  transaction: Transaction,
  campaign: string,
  campaignId: number,
  number: string,
): Promise<FoundContact> {
  const found = await transaction.query<{
    id: number;
    name: string | null;
    list: string;
    row: number;
    last_attempt: string | null;
  }>(
    `select c.id, c.name, i.file_name as list, c.row_number as row, last.id as last_attempt
     from (
       select id from contacts where campaign_id = $1 and number = $2
       union
       select id from contacts where campaign_id = $1 and cardinality(numbers) > 1 and numbers @> array[$2]
       union
       select d.contact_id from dispositions d where d.number = $2
     ) known
     join contacts c on c.id = known.id and c.campaign_id = $1
     join imports i on i.id = c.import_id
     left join lateral (
       select t.id, t.claimed_at from attempts t where t.contact_id = c.id and t.number = $2
       order by t.attempt_number desc limit 1
     ) last on true
     order by last.claimed_at desc nulls last, c.state in ('canceled', 'expired'), c.id limit 1`,
    [campaignId, number],
  );
  const row = found.rows[0];
  if (row === undefined) {
    throw new UserError(
      `no contact of campaign ${campaign} has the number ${number}: write it as its list has it, or with + and country code`,
    );
  }
  const { id, last_attempt: lastAttempt, ...toldOf } = row;
  return { id, lastAttempt, told: toldOf };
}

async function lockLiveAttempt(transaction: Transaction, contactId: number): Promise<string | null> {
  const found = await transaction.query<{ id: string }>(
    `select id from attempts where contact_id = $1 and state <> 'settled' for update`,
    [contactId],
  );
  return found.rows[0]?.id ?? null;
}

function told({ number, code, callAt, note }: GivenDisposition) {
  return { number, disposition: code, callAt, note };
}

async function everSaid(
  transaction: Transaction,
  campaignId: number,
  { number, code, callAt, note }: GivenDisposition,
): Promise<boolean> {
  const found = await transaction.query(
    `select 1 from dispositions d join contacts c on c.id = d.contact_id
     where c.campaign_id = $1 and d.number = $2 and d.code = $3 and d.call_at is not distinct from $4
       and d.note is not distinct from $5 limit 1`,
    [campaignId, number, code, callAt, note],
  );
  return found.rows.length > 0;
}

async function isLastSaid(
  transaction: Transaction,
  contactId: number,
  { number, code, callAt, note }: GivenDisposition,
): Promise<boolean> {
  const found = await transaction.query<{ same: boolean }>(
    `select number = $2 and code = $3 and call_at is not distinct from $4 and note is not distinct from $5 as same
     from dispositions where contact_id = $1 order by created_at desc, id desc limit 1`,
    [contactId, number, code, callAt, note],
  );
  return found.rows[0]?.same ?? false;
}

async function insertDisposition(
  transaction: Transaction,
  contactId: number,
  attemptId: string | null,
  { number, code, callAt, note }: GivenDisposition,
  actor: string,
): Promise<number> {
  const inserted = await transaction.query<{ id: number }>(
    `insert into dispositions (contact_id, attempt_id, number, code, call_at, note, actor)
     values ($1, $2, $3, $4, $5, $6, $7) returning id`,
    [contactId, attemptId, number, code, callAt, note, actor],
  );
  const id = inserted.rows[0]?.id;
  if (id === undefined) throw new Error('the disposition was not written');
  return id;
}

async function stateOf(transaction: Transaction, contactId: number): Promise<string> {
  const found = await transaction.query<{ state: string }>('select state from contacts where id = $1', [
    contactId,
  ]);
  return found.rows[0]?.state ?? '';
}
