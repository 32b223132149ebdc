import { request } from 'undici';
import { z } from 'zod';
import { UserError, messageOf } from '../errors.ts';
import { newSid } from './calls.ts';
import { flowAddress, type FlowCall } from './passthru.ts';
import { toE164 } from './phone.ts';
import type { Scenario } from './scenario.ts';

const phone = z.string().transform((text, context) => {
  const number = toE164(text);
  if (number !== null) return number;
  context.addIssue({ code: 'custom', message: 'expected a phone number such as +919800000001' });
  return z.NEVER;
});
const address = z.url({ protocol: /^https?$/, error: 'expected a URL with http or https' }).optional();

const incomingSchema = z.strictObject({
  from: phone,
  to: phone,
  passthruUrl: address,
  connectUrl: address,
  digits: z
    .string()
    .regex(/^[0-9*#]+$/, 'expected keys such as "9"')
    .optional(),
});

/** What came of an incoming call. */
export interface IncomingCall {
  callSid: string;
  /** Null where the call was given no such address. */
  passthru: AppletAnswer | null;
  connect: AppletAnswer | null;
}

type AppletAnswer = { status: number; body: string } | { error: string };

/**
 * Somebody calls an ExoPhone whose flow asks `passthruUrl` and then `connectUrl`, each with the call in
 * the query. Throws a UserError for a call that makes no sense.
 */
export async function callIn(input: unknown, scenario: Scenario): Promise<IncomingCall> {
  const parsed = incomingSchema.safeParse(input);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `${issue.path.join('.') || 'call'}: ${issue.message}`,
    );
    throw new UserError(problems.join('; '), { exitCode: 2 });
  }
  const { from, to, passthruUrl, connectUrl, digits = null } = parsed.data;
  const startedAt = new Date();
  const call: FlowCall = {
    sid: newSid(startedAt),
    person: from,
    exoPhone: to,
    direction: 'incoming',
    startedAt,
    digits,
    customField: null,
  };
  const ask = async (base: string | undefined): Promise<AppletAnswer | null> =>
    base === undefined ? null : answerOf(flowAddress(base, call, { scenario, now: new Date() }), scenario);
  return { callSid: call.sid, passthru: await ask(passthruUrl), connect: await ask(connectUrl) };
}

async function answerOf(url: string, { callbacks }: Scenario): Promise<AppletAnswer> {
  try {
    const answer = await request(url, { signal: AbortSignal.timeout(callbacks.timeout) });
    return { status: answer.statusCode, body: await answer.body.text() };
  } catch (error) {
    return { error: messageOf(error) };
  }
}
