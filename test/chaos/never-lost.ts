import { maxAttempts } from './campaigns.ts';
import type { ChaosCampaign } from './campaigns.ts';
import type { Command } from './commands.ts';
import { faultRows, isAgentFault, rowsBeforeHeld } from './fault-rows.ts';
import type { Finding } from './finding.ts';
import { groupedBy } from './records.ts';
import type { AttemptRecord, ContactRecord, Records } from './records.ts';

/** Contacts that are gone, stuck, or in a state that their attempts do not account for. */
export function lostOrStuck(
  records: Records,
  campaigns: readonly ChaosCampaign[],
  commands: readonly Command[],
): Finding[] {
  return [
    ...campaigns.flatMap((campaign) => missingRows(records, campaign)),
    ...records.contacts.flatMap((contact) => {
      const why = whyWrong(contact, records.attemptsOf(contact.id), commands);
      if (why === null) return [];
      return [{ what: `contact ${contact.id} (${contact.number}) ${why}`, contactId: contact.id }];
    }),
  ];
}

function missingRows({ contacts }: Records, { name, rows }: ChaosCampaign): Finding[] {
  const found = contacts.filter(({ campaign }) => campaign === name).length;
  if (found === rows.length) return [];
  return [{ what: `${name}: ${rows.length} rows were accepted, ${found} are in a state`, contactId: null }];
}

function whyWrong(
  contact: ContactRecord,
  attempts: readonly AttemptRecord[],
  commands: readonly Command[],
): string | null {
  const open = attempts.find(({ state }) => state !== 'settled');
  if (open !== undefined) return `has an attempt that is still ${open.state}`;
  const outcomes = new Set(attempts.map(({ outcome }) => outcome));
  const counted = attempts.filter(({ counts }) => counts).length;
  const telling = attempts.findLast(({ outcome }) => outcome !== 'throttled' && outcome !== 'unsent');
  const isSuppressed = commands.some(({ number }) => number === contact.number);
  // a number that was suppressed meanwhile stays so, whatever a late truth says of an earlier call
  if (
    outcomes.has('connected') &&
    contact.state !== 'finished' &&
    !(isSuppressed && contact.state === 'suppressed')
  )
    return `is ${contact.state} although it was connected`;
  switch (contact.state) {
    case 'finished':
      return outcomes.has('connected') ? null : 'is finished and was never connected';
    case 'suppressed':
      return outcomes.has('do_not_disturb') || isSuppressed ? null : 'is suppressed and on no register';
    case 'exhausted':
      return counted >= maxAttempts ? null : `is exhausted after ${counted} attempts that counted`;
    case 'held':
      if (contact.state_reason === 'unknown')
        return telling?.outcome === 'unknown' ? null : `is held as unknown after ${telling?.outcome}`;
      if (contact.state_reason !== 'agent_faults' || !isAgentFault(telling?.outcome ?? null))
        return `is held for ${contact.state_reason} after ${telling?.outcome}`;
      return faultRows(attempts).complete >= rowsBeforeHeld
        ? null
        : `is held for agents’ faults after ${faultRows(attempts).complete} rows of them`;
    case 'canceled':
      return commands.some(({ what, campaign }) => what === 'cancel' && campaign === contact.campaign)
        ? null
        : 'is canceled in a campaign that was not';
    case 'expired':
      // a truth that came after the campaign's end corrects it and does not open it again
      return telling !== undefined && cameAfterTheEnd(contact, telling)
        ? null
        : 'expired in a campaign without an end';
    default:
      return `is stuck: ${contact.state}`;
  }
}

function cameAfterTheEnd(
  { campaign_ended_at: endedAt }: ContactRecord,
  { settled_at: settledAt }: AttemptRecord,
): boolean {
  return endedAt !== null && settledAt !== null && settledAt >= endedAt;
}

/** Agents who are held for ever, or were given a call while an earlier attempt held them. */
export function agentsStuck({ attempts, truth }: Records): Finding[] {
  const held = attempts
    .filter(({ agent_held: isHeld }) => isHeld)
    .map(({ agent, id, contact_id: contactId }) => ({ what: `${agent} is held by ${id}`, contactId }));
  const withAgent = attempts.filter(({ agent }) => agent !== null);
  const twice = [...groupedBy(withAgent, ({ agent }) => agent).values()].flatMap((ofAgent) =>
    ofAgent.slice(1).flatMap((later, index) => {
      const earlier = ofAgent[index];
      if (earlier === undefined || freeAt(earlier) <= later.claimed_at.getTime()) return [];
      return [
        {
          what: `${later.agent} was taken for ${later.id} while ${earlier.id} held them`,
          contactId: later.contact_id,
        },
      ];
    }),
  );
  const withPhone = truth.calls.filter(({ from }) => from !== null);
  const calls = [...groupedBy(withPhone, ({ from }) => from).values()].flatMap((ofPhone) => {
    const inOrder = ofPhone.toSorted((a, b) => Date.parse(a.placedAt) - Date.parse(b.placedAt));
    return inOrder.slice(1).flatMap((later, index) => {
      const earlier = inOrder[index];
      if (earlier === undefined || Date.parse(earlier.endedAt ?? '') <= Date.parse(later.placedAt)) return [];
      return [{ what: `${later.from} had ${earlier.sid} and ${later.sid} at once`, contactId: null }];
    });
  });
  return [...held, ...twice, ...calls];
}

/** Free once the attempt is settled, and where it stays unclear after twice the time that a phone may ring. */
function freeAt({ settled_at: settledAt, agent_free_at: freeByThen }: AttemptRecord): number {
  return Math.min(settledAt?.getTime() ?? Infinity, freeByThen.getTime());
}
