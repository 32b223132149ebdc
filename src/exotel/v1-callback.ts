import { z } from 'zod';
import type { CallDetails } from './call-details.ts';
import type { Fields } from './fields.ts';
import { parseV1Call } from './v1-call.ts';
import { v1Text } from './v1-fields.ts';

export type CallbackEvent = 'answered' | 'terminal' | 'unlisted';

interface V1Callback {
  eventType: CallbackEvent;
  givenEventType: string | null;
  details: CallDetails;
}

const eventShape = z.looseObject({ EventType: v1Text, Direction: v1Text, digits: v1Text });

/** Reads a callback in v1's names; null when it names no call. Times without a zone are read in `timeZone`. */
export function parseV1Callback(fields: Fields, timeZone: string): V1Callback | null {
  const { EventType: givenEventType, Direction: direction, digits } = eventShape.parse(fields);
  const details = parseV1Call(digits === null ? fields : { ...fields, digits: unquoted(digits) }, timeZone);
  if (details === null) return null;
  const word = givenEventType?.toLowerCase() ?? null;
  if (isOtherEvent(word) || isIncoming(direction)) {
    return { eventType: 'unlisted', givenEventType, details: withoutState(details) };
  }
  if (word === 'answered') return { eventType: 'answered', givenEventType, details };
  const ended = word === 'terminal' ? withEnd(details) : details;
  return { eventType: ended.state === 'terminal' ? 'terminal' : 'unlisted', givenEventType, details: ended };
}

/**
 * The end that a `terminal` event tells, be its status one that nobody documented. With a status of a running call (a
 * stale event) or none at all it tells no end; a look at the call does.
 */
function withEnd(details: CallDetails): CallDetails {
  const tells = details.status !== null && details.state !== 'active';
  return tells ? { ...details, state: 'terminal' } : details;
}

function isOtherEvent(word: string | null): boolean {
  return word !== null && word !== 'answered' && word !== 'terminal';
}

function isIncoming(direction: string | null): boolean {
  return ['incoming', 'inbound'].includes(direction?.toLowerCase() ?? '');
}

/** In the events of applets `Status` speaks of an agent ("busy" while the phone is being dialled), not of the call. */
function withoutState(details: CallDetails): CallDetails {
  return { ...details, state: 'unlisted', status: null };
}

/** Pressed keys come with quote characters around them. */
function unquoted(digits: string): string {
  return digits.replaceAll(/["']/g, '');
}
