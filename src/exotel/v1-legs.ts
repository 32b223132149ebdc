import { z } from 'zod';
import { secondsField } from './call-details.ts';
import type { CallDetails, CallLeg } from './call-details.ts';
import { parseJsonObject } from './envelope.ts';
import { asFields, numberField } from './fields.ts';
import type { Fields } from './fields.ts';
import { v1Status, v1Text } from './v1-fields.ts';

const legShape = z.looseObject({
  Id: numberField,
  Status: v1Status,
  Number: v1Text,
  OnCallDuration: secondsField,
});
const detailsShape = z.looseObject({ Leg1Status: v1Status, Leg2Status: v1Status });

type GivenLeg = z.output<typeof legShape>;

/**
 * The legs of a v1 call: `Legs` of a callback by position, or `Details` of a single look. The second leg is called
 * only when the first has answered, so once legs are told, one without a status was not dialled.
 */
export function parseV1Legs(
  raw: Fields,
  numbers: { From: string | null; To: string | null },
): Pick<CallDetails, 'agentLeg' | 'customerLeg' | 'firstLegTries' | 'legsTold'> {
  const details = asFields(raw['Details']) ?? {};
  const given = [raw['Legs'], details['Legs']].map(legsIn).find((legs) => legs.length > 0) ?? [];
  const { Leg1Status: first, Leg2Status: second } = detailsShape.parse(details);
  return {
    agentLeg: toLeg(legAt(given, 1), first, numbers.From),
    customerLeg: toLeg(legAt(given, 2), second, numbers.To),
    firstLegTries: given.some((leg) => leg.Id !== null) ? given.filter((leg) => leg.Id === 1).length : null,
    // Statuses that are there and null are told, too: nothing was dialled.
    legsTold: given.length > 0 || 'Leg1Status' in details || 'Leg2Status' in details,
  };
}

function legsIn(value: unknown): GivenLeg[] {
  return listIn(value).map((entry) => {
    const fields = asFields(entry) ?? {};
    return legShape.parse(asFields(fields['Leg']) ?? fields);
  });
}

/** A form may carry the list as JSON text. */
function listIn(value: unknown): unknown[] {
  const list: unknown = typeof value === 'string' ? parseJsonObject(`{"list":${value}}`)?.['list'] : value;
  return Array.isArray(list) ? list : [];
}

/** By its number where the legs carry one (its last try, should it be there more than once), else by position. */
function legAt(given: GivenLeg[], id: 1 | 2): GivenLeg | undefined {
  return given.some((leg) => leg.Id !== null) ? given.findLast((leg) => leg.Id === id) : given[id - 1];
}

function toLeg(leg: GivenLeg | undefined, stated: string | null, number: string | null): CallLeg {
  return {
    status: stated ?? leg?.Status ?? null,
    contactUri: leg?.Number ?? number,
    userId: null,
    onCallSeconds: leg?.OnCallDuration ?? null,
  };
}
