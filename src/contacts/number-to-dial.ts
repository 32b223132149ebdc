import { isOnRegister } from './scrub-rule.ts';
import { isSuppressed } from './suppression-rule.ts';

/** What Exotel turned down as no number, or as one on its register: not tried again for this contact. */
const turnedDown = `('rejected', 'do_not_disturb')`;

/**
 * The one rule of which numbers of a contact may be dialled at all, as a subquery in SQL: rows of `number`, `place`
 * (from 1) and `usable`. Each part is an expression of the statement that it goes into; `contact` names the row.
 */
export function numbersOfContact(of: {
  contact: string;
  accountId: string;
  campaignId: string;
  now: string;
}): string {
  const suppressed = isSuppressed({ ...of, number: 'given.number' });
  const onRegister = isOnRegister({ ...of, number: 'given.number' });
  return `(select given.number, given.place, not ${suppressed} and not ${onRegister}
      and coalesce((select t.outcome from attempts t
        where t.contact_id = ${of.contact}.id and t.number = given.number and t.state = 'settled'
        order by t.attempt_number desc limit 1) not in ${turnedDown}, true) as usable
    from unnest(${of.contact}.numbers) with ordinality as given(number, place))`;
}

/** The number that a contact is to be dialled at, from its present one on and around; null: none may be dialled. */
export function numberToDial(of: Parameters<typeof numbersOfContact>[0]): string {
  return `(select standing.number from ${numbersOfContact(of)} standing where standing.usable
    order by standing.place < array_position(${of.contact}.numbers, ${of.contact}.number::text), standing.place limit 1)`;
}
