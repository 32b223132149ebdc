/**
 * Why Exotel refuses a request, with the HTTP status and the v2 code. Sources name all pairs but three:
 * no source gives a v2 code for 402, for missing KYC on a call or for an unknown path.
 */
const refusals = {
  authentication_failed: [401, 1010, 'Authorization failed', 'The API key or token is wrong'],
  unknown_account: [404, 1017, 'AccountSid not found', 'No such account in this region'],
  payment_required: [402, 402, 'Payment required', 'The balance does not allow calls'],
  kyc_missing: [403, 10814, 'Forbidden', 'KYC of this account is not completed'],
  rate_limited: [429, 10724, 'Too many requests', 'The rate limit of this account is exceeded'],
  missing_parameter: [400, 1001, 'Mandatory Parameter missing', 'A mandatory parameter is missing'],
  invalid_parameter: [400, 1002, 'Invalid parameter', 'A parameter is invalid'],
  invalid_body: [400, 10725, 'Invalid request body', 'The request body cannot be parsed'],
  unknown_caller_id: [404, 10716, 'Virtual number not found', 'The virtual_number is not of this account'],
  unknown_user: [404, 10731, 'User not found', 'No such user in this account'],
  no_device: [404, 10806, 'Device not found', 'The user has no device'],
  unknown_device: [404, 10702, 'Device not found', 'No such device'],
  device_unavailable: [409, 1012, 'User device is unavailable', "The user's device is switched off"],
  device_turned_off: [404, 10703, 'Device currently unavailable', "The user's device is switched off"],
  device_unverified: [409, 10705, 'User device is unverified', "The user's device is not verified"],
  device_busy: [409, 10706, 'User device is currently busy', 'The user is on another call'],
  voip_not_allowed: [405, 10712, 'VOIP calls not allowed', 'The account may not call SIP devices'],
  do_not_disturb: [
    403,
    10717,
    'Call cannot be made because of TRAI NDNC regulations',
    'The customer is on the do-not-disturb register',
  ],
  verification_pending: [409, 10809, 'Device is unverified', 'An unverified device cannot be switched on'],
  unknown_call: [404, 1021, 'Call not found', 'No such call'],
  unsupported: [404, 1022, 'Not found', 'This API has no such resource'],
  server_error: [500, 1100, 'Internal server error', 'Something went wrong on our side'],
} as const satisfies Record<string, readonly [status: number, code: number, message: string, text: string]>;

export type RefusalName = keyof typeof refusals;

/** A refusal as it is about to be written in one version's words. */
export interface Refusal {
  readonly name: RefusalName;
  readonly status: number;
  readonly code: number;
  readonly message: string;
  readonly description: string;
  /** The number that stands against the call, where it is one. */
  readonly number?: string;
}

/** A refusal by name; `description` says what was wrong with this very request. */
export function refusal(name: RefusalName, description?: string): Refusal {
  const [status, code, message, text] = refusals[name];
  return { name, status, code, message, description: description ?? text };
}
