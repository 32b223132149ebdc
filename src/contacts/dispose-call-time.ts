import type { CampaignDefinition } from '../campaigns/campaign-definition.ts';
import { mayPlaceAt } from '../campaigns/calling-hours.ts';
import {
  campaignZone,
  clockToTell,
  describeZone,
  isCountry,
  nextOpening,
} from '../campaigns/contact-hours.ts';
import { describeInstant, describeRefusal } from '../campaigns/describe-schedule.ts';
import type { CampaignStatus } from '../campaigns/lifecycle.ts';
import type { Schedule } from '../campaigns/schedule.ts';
import type { Transaction } from '../db/pool.ts';
import { UserError } from '../errors.ts';
import type { DisposableContact } from './disposition-effect.ts';
import { isSuppressed } from './suppression-rule.ts';

interface Standing {
  name: string;
  status: CampaignStatus;
  definition: CampaignDefinition;
  suppressed: boolean;
  /** the contact's own zone */
  timezone: string | null;
  now: Date;
}

/**
 * Whether a contact can be called at a time that was agreed on: nobody should find out at five that nobody calls.
 * @throws UserError that says why not, and when it could be
 */
export async function requireCallableAt(
  transaction: Transaction,
  contact: DisposableContact,
  number: string,
  at: Date,
): Promise<void> {
  const { name, status, definition, suppressed, timezone, now } = await standingOf(
    transaction,
    contact,
    number,
  );
  const { schedule, call } = definition;
  const when = describeInstant(at, schedule.timezone);
  if (contact.over) {
    const over = status === 'completed' || status === 'canceled' ? status : 'past its end';
    throw new UserError(
      `campaign ${name} is ${over} and is not opened again: to call ${number} on ${when}, take it into a new campaign`,
    );
  }
  if (at <= now) {
    throw new UserError(`${when} is past: name a time that is still to come`);
  }
  if (suppressed || contact.state === 'suppressed') {
    throw new UserError(
      `${number} must not be called: \`dialer suppressions list --number ${number}\` shows where it is suppressed`,
    );
  }
  if (contact.state === 'canceled' || contact.state === 'expired') {
    throw new UserError(
      `the contact with ${number} is ${contact.state} and is not taken into the line again: take it into a new list`,
    );
  }
  requireOpen(schedule, timezone, at, call.ringSeconds);
}

/** The hours are kept on the clocks of the campaign, and of the contact's zone where it has one. */
function requireOpen(schedule: Schedule, timezone: string | null, at: Date, ringSeconds: number): void {
  const closed = `nobody is called on ${describeInstant(at, schedule.timezone)}`;
  const verdict = mayPlaceAt(schedule, at, ringSeconds);
  if (!verdict.allowed) {
    throw new UserError(`${closed}: ${describeRefusal(schedule, verdict)}; name another time`);
  }
  const opens = nextOpening(schedule, timezone ?? campaignZone, at, ringSeconds);
  if (opens?.getTime() === at.getTime()) return;
  const there =
    timezone !== null && isCountry(timezone)
      ? `the hours are not open everywhere in ${describeZone(timezone)}`
      : `then it is ${describeInstant(at, clockToTell(timezone, schedule))} where the contact is`;
  if (opens === null) {
    throw new UserError(
      `${closed}: ${there}, and no hours come that are open both there and in ${schedule.timezone}; take the contact into a campaign with hours that fit`,
    );
  }
  throw new UserError(
    `${closed}: ${there}, and hours come on ${describeInstant(opens, schedule.timezone)}; name another time`,
  );
}

async function standingOf(
  transaction: Transaction,
  contact: DisposableContact,
  number: string,
): Promise<Standing> {
  const suppressed = isSuppressed({
    accountId: 'k.account_id',
    campaignId: 'k.id',
    number: '$2',
    now: 'dialer_now()',
  });
  const found = await transaction.query<Standing>(
    `select k.name, k.status, k.definition, ${suppressed} as suppressed, c.timezone, dialer_now() as now
     from contacts c join campaigns k on k.id = c.campaign_id where c.id = $1`,
    [contact.id, number],
  );
  const standing = found.rows[0];
  if (standing === undefined) throw new Error('a contact has no campaign');
  return standing;
}
