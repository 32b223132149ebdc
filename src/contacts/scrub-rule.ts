import type { ScrubSettings } from './scrub-settings.ts';

/** How many contacts at the front of a line a claim looks at for one whose number is cleared. */
const frontOfLine = 200;

/**
 * The one rule of whether a contact's number is cleared to be called, as a condition in SQL. What Exotel said longer ago
 * than the campaign allows says nothing. `contact` names the row, `now` is an expression.
 */
export function isCleared(of: { contact: string; now: string; scrub: ScrubSettings }): string {
  const { maxAgeMs, unavailable } = of.scrub;
  return clearedBy({ ...of, maxAgeMs: String(maxAgeMs), dialsUnknown: String(unavailable === 'dial') });
}

function clearedBy(of: { contact: string; now: string; maxAgeMs: string; dialsUnknown: string }): string {
  // a scalar, not an EXISTS: that may be turned into a join that begins at all numbers that are cleared
  return `coalesce((select m.seen_at > ${of.now} - ${of.maxAgeMs} * interval '1 ms'
      and (m.dnd = 'no' or (m.dnd = 'unavailable' and (${of.dialsUnknown}
        -- a person released it
        or exists (select 1 from scrub_holds h where h.contact_id = ${of.contact}.id))))
    from number_metadata m where m.number = ${of.contact}.number), false)`;
}

/** Whether a campaign has a scrub and none of those at the front of its lines is cleared; `campaign` names its row. */
export function waitsForScrub(campaign: string): string {
  const cleared = clearedBy({
    contact: 'front',
    now: 'dialer_now()',
    maxAgeMs: `(${campaign}.definition #>> '{scrub,maxAgeMs}')::float8`,
    dialsUnknown: `${campaign}.definition #>> '{scrub,unavailable}' = 'dial'`,
  });
  return `(jsonb_typeof(${campaign}.definition->'scrub') = 'object' and not exists (
    select 1 from (select id, number from contacts where campaign_id = ${campaign}.id and state = 'pending'
      and due_at <= dialer_now() limit ${frontOfLine}) front where ${cleared}))`;
}

/**
 * The condition under which a contact that is due may be claimed in a campaign with a scrub: cleared, and among the first
 * of its line. Without that bound each claim would walk past all that wait to be cleared, a million of them; the scrub
 * goes through the line in the same order.
 * @param line the line that the claim takes the contact from, as conditions on `front`
 */
export function mayBeClaimed(of: {
  contact: string;
  now: string;
  line: string;
  scrub: ScrubSettings;
}): string {
  const { contact, line } = of;
  const last = (column: string, none: string): string =>
    `coalesce((select front.${column} from contacts front where ${line}
       order by front.due_at, front.id offset ${frontOfLine - 1} limit 1), ${none})`;
  return `(${contact}.due_at, ${contact}.id)
      <= (${last('due_at', `'infinity'::timestamptz`)}, ${last('id', '9223372036854775807')})
    and ${isCleared(of)}`;
}

/**
 * Whether a number is known to be on the register, in a campaign that asks: such a number is not the next one of a
 * contact with several. Each part is an expression.
 */
export function isOnRegister({
  campaignId,
  number,
  now,
}: {
  campaignId: string;
  number: string;
  now: string;
}): string {
  return `exists (select 1 from number_metadata m join campaigns scrubbed on scrubbed.id = ${campaignId}
    where m.number = ${number} and m.dnd = 'yes'
      and m.seen_at > ${now} - (scrubbed.definition #>> '{scrub,maxAgeMs}')::float8 * interval '1 ms')`;
}
