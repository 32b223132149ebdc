import type { CallbackMessage } from './callbacks.ts';
import { numberV1, timeV1 } from './call-v1.ts';
import type { Call } from './calls.ts';
import { randomFor } from './random.ts';
import type { Scenario } from './scenario.ts';

/** A call as a flow tells of it in a query. */
export interface FlowCall {
  readonly sid: string;
  /** Who is talked to, in E.164; the other number is the ExoPhone. */
  readonly person: string;
  readonly exoPhone: string;
  readonly direction: 'incoming' | 'outbound-api';
  readonly startedAt: Date;
  readonly digits: string | null;
  readonly customField: string | null;
}

/** The keys that a customer presses in a flow, by the scenario's word for the number or by its shares. */
export function pressedDigits({ seed, flow, numbers }: Scenario, call: Call): string | null {
  const asked = numbers[call.customer]?.digits;
  if (asked !== undefined) return asked;
  // What the shares leave to 1 is the chance that nothing is pressed.
  let left = randomFor(seed, 'digits', call.customer, call.nth).next();
  for (const [keys, share] of Object.entries(flow.digits)) {
    left -= share;
    if (left < 0) return keys;
  }
  return null;
}

/** What the flow of an outbound call reports of the keys that were pressed. */
export function passthruMessages(scenario: Scenario, call: Call, now: Date): CallbackMessage[] {
  const { passthruUrl } = scenario.flow;
  if (passthruUrl === undefined || call.digits === null) return [];
  const told: FlowCall = {
    sid: call.sid,
    person: call.customer,
    exoPhone: call.virtualNumber,
    direction: 'outbound-api',
    startedAt: call.placedAt,
    digits: call.digits,
    customField: call.customField,
  };
  const url = flowAddress(passthruUrl, told, { scenario, now });
  return [{ event: 'passthru', method: 'GET', url, contentType: null, body: null }];
}

/** The address that an applet of a flow asks: the subscriber's own with the call in its query. */
export function flowAddress(
  base: string,
  call: FlowCall,
  { scenario, now }: { scenario: Scenario; now: Date },
): string {
  const person = numberV1(call.person, scenario);
  const exoPhone = numberV1(call.exoPhone, scenario);
  const url = new URL(base);
  const fields: Record<string, string> = {
    CallSid: call.sid,
    CallFrom: person,
    CallTo: exoPhone,
    Direction: call.direction,
    Created: createdTime(call.startedAt),
    From: person,
    To: exoPhone,
    CurrentTime: timeV1(now),
    // Exotel's quotes belong to the value.
    ...(call.digits !== null && { digits: `"${call.digits}"` }),
    ...(call.customField !== null && { CustomField: call.customField }),
  };
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  return url.href;
}

/** `Wed, 23 Feb 2022 12:31:59`: the one time that applets write in words, Indian like the others. */
function createdTime(date: Date): string {
  const [weekday, day, month, year, time] = new Date(date.getTime() + 5.5 * 60 * 60 * 1000)
    .toUTCString()
    .split(' ');
  return [weekday, day, month, year, time].join(' ');
}
