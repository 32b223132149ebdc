import type { ApiError } from './envelope.ts';

/** What an error means for the dialer. A closed set: settling, pausing and cooling down branch on nothing else. */
export type Decision =
  | 'agent_busy'
  | 'agent_unavailable'
  | 'agent_disabled'
  | 'voip_not_allowed'
  | 'do_not_disturb'
  | 'rejected'
  | 'throttled'
  | 'pause_account'
  | 'pause_campaign'
  | 'call_not_found'
  | 'internal';

export interface ErrorCode {
  decision: Decision;
  meaning: string;
  /** What a person should do, where a person must; null where the dialer helps itself. */
  advice: string | null;
  source: string;
}

const supportPage = 'Voice v2 support page';
const credentialsAdvice =
  'Correct EXOTEL_API_KEY, EXOTEL_API_TOKEN, EXOTEL_ACCOUNT_SID or EXOTEL_REGION, restart the dialer, then resume the campaign.';
const deviceAdvice = 'Mend the device of this user in the Exotel dashboard, then resume the agent.';

/**
 * Exotel's error codes for Voice v2 and v3. The code decides, never the HTTP status: 10706 comes with 404 and 409.
 * A code pauses the account when every campaign of the account would meet it, and the campaign when what Exotel
 * refuses is written in the campaign's file.
 */
export const errorCodes: ReadonlyMap<number, ErrorCode> = new Map([
  agent(10706, 'agent_busy', 'the user device is busy', null),
  agent(1012, 'agent_unavailable', 'the user device is unavailable', null),
  agent(10703, 'agent_unavailable', 'the user device is turned off', null),
  agent(10705, 'agent_disabled', 'the user device is unverified', deviceAdvice),
  agent(
    10731,
    'agent_disabled',
    'Exotel knows no such user',
    'Correct the user id in the list of agents that the next campaign names, or make the user in the Exotel dashboard and resume the agent.',
  ),
  agent(10702, 'agent_disabled', 'Exotel knows no such device', deviceAdvice),
  agent(10806, 'agent_disabled', 'the user has no device', deviceAdvice),
  agent(
    10712,
    'voip_not_allowed',
    'VoIP calls are not allowed for this account',
    'Ask Exotel to allow VoIP calls, or give the agent a phone number instead of a SIP device.',
  ),
  code(1010, 'pause_account', 'the API key and token were not accepted', credentialsAdvice, supportPage),
  code(1017, 'pause_account', 'Exotel knows no such account SID', credentialsAdvice, supportPage),
  // The only parameter this code is documented for is the account SID, and the client always sends the others.
  code(1001, 'pause_account', 'a mandatory parameter is missing', credentialsAdvice, supportPage),
  code(
    1002,
    'pause_campaign',
    'a parameter of the call is invalid',
    'Correct callerIds and call (recordingChannels, ringSeconds, maxSeconds) in the campaign file, then resume the campaign with --file.',
    supportPage,
  ),
  code(
    10716,
    'pause_campaign',
    'the caller ID is not an ExoPhone of this account',
    'Put one of the ExoPhones of this account under callerIds in the campaign file, then resume the campaign with --file.',
    supportPage,
  ),
  code(
    10725,
    'rejected',
    'Exotel found the request body invalid',
    null,
    'README of an Exotel IP-calling SDK',
  ),
  code(10717, 'do_not_disturb', 'the number is on the do-not-disturb register', null, 'seen by a client'),
  code(10724, 'throttled', 'too many requests', null, 'Voice v3 legs page'),
  ...[1021, 1022, 3043, 3044, 3045].map((number) =>
    code(number, 'call_not_found', 'Exotel has no such call in this API', null, supportPage),
  ),
  ...[1100, 1101, 1200, 1203, 1300, 1500, 1600, 1601, 1800, 3040, 3042, 3046, 3075, 3080, 4060].map(
    (number) => code(number, 'internal', 'internal error at Exotel', null, supportPage),
  ),
]);

function agent(
  number: number,
  decision: Decision,
  meaning: string,
  advice: string | null,
): [number, ErrorCode] {
  return code(number, decision, meaning, advice, supportPage);
}

function code(
  number: number,
  decision: Decision,
  meaning: string,
  advice: string | null,
  source: string,
): [number, ErrorCode] {
  return [number, { decision, meaning, advice, source }];
}

/** What to do about an answer without a listed code, by its status; the meanings are Exotel's own (v1 overview, error pages). */
const statusAdvice: ReadonlyMap<number, { meaning: string; advice: string }> = new Map([
  [401, { meaning: 'the API key and token were not accepted', advice: credentialsAdvice }],
  [
    402,
    {
      meaning: 'the balance or the plan does not allow the call',
      advice: 'Recharge the Exotel account or its plan, then resume the campaign.',
    },
  ],
  [
    403,
    {
      meaning: 'Exotel forbids this account to call (KYC, suspension, IP whitelist or a feature that is off)',
      advice: "Read Exotel's text, settle it with Exotel, then resume the campaign.",
    },
  ],
]);

export interface Verdict extends Omit<ErrorCode, 'source'> {
  /** Whether the code (or the status, for 401, 402, 403, 429 and 5xx) is one that this dialer knows. */
  listed: boolean;
}

/** What does not stand in the tables stops the account, so that it burns no contact. */
export const unlistedVerdict = {
  decision: 'pause_account',
  meaning: 'an answer that this dialer does not know',
  advice: "Read Exotel's text and mend what it names, then resume the campaign.",
  listed: false,
} as const satisfies Verdict;

export const doNotDisturb: Verdict = known(
  'do_not_disturb',
  'the number is on the do-not-disturb register',
  null,
);

/** What v1 means by a 404 to a request that names nothing but the account. */
export const unknownAccount: Verdict = known(
  'pause_account',
  'Exotel knows no such account at this address',
  credentialsAdvice,
);

/**
 * The decision for an error of any form. A 5xx anywhere in it is `internal` whatever the code says: for a placing
 * request that is ambiguous.
 */
export function decide(error: ApiError): Verdict {
  const statuses = [error.httpStatus, error.statedStatus ?? 0];
  if (statuses.includes(429)) return known('throttled', 'too many requests', null);
  if (statuses.some((status) => status >= 500)) return known('internal', 'internal error at Exotel', null);
  const entry = error.code === null ? undefined : errorCodes.get(error.code);
  if (entry !== undefined) return known(entry.decision, entry.meaning, entry.advice);
  // A number on the register is refused with a 403 whose only mark is its text (three v1 clients match on it).
  if (statuses.includes(403) && describesDoNotDisturb(error)) return doNotDisturb;
  return byStatus(statuses);
}

function byStatus(statuses: number[]): Verdict {
  for (const status of statuses) {
    const entry = statusAdvice.get(status);
    if (entry !== undefined) return known('pause_account', entry.meaning, entry.advice);
  }
  return unlistedVerdict;
}

/** Whether Exotel's words name the do-not-disturb register, the one mark that v1 gives of it. */
export function describesDoNotDisturb({ message, description }: ApiError): boolean {
  return /\bNDNC\b/i.test(`${message ?? ''} ${description ?? ''}`);
}

function known(decision: Decision, meaning: string, advice: string | null): Verdict {
  return { decision, meaning, advice, listed: true };
}

/** Exotel's own words about an error, with its code and status, as one line. */
export function textOf(error: ApiError): string {
  const words = [error.message, error.description].filter((text) => text !== null).join(': ');
  const marks = [`HTTP ${error.httpStatus}`, ...(error.code === null ? [] : [`code ${error.code}`])].join(
    ', ',
  );
  return words === '' ? marks : `${words} (${marks})`;
}
