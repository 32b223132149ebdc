import type { Refusal } from '../place-answer.ts';

/** Every code of the provider's table (Voice v2) with the status it is documented under, written down a second time on purpose. */
export const refusalCodes: [code: number, status: number, Refusal][] = [
  [1010, 401, 'pause_account'],
  [1017, 404, 'pause_account'],
  [10731, 404, 'agent_disabled'],
  [1012, 409, 'agent_unavailable'],
  [10703, 404, 'agent_unavailable'],
  [10705, 409, 'agent_disabled'],
  [10706, 409, 'agent_busy'],
  [10706, 404, 'agent_busy'],
  [10702, 404, 'agent_disabled'],
  [10806, 404, 'agent_disabled'],
  [10716, 404, 'pause_campaign'],
  [10712, 405, 'voip_not_allowed'],
  [1001, 400, 'pause_account'],
  [1002, 400, 'pause_campaign'],
  [10725, 400, 'rejected'],
  [10717, 403, 'do_not_disturb'],
];

export const internalCodes = [
  1100, 1101, 1200, 1203, 1300, 1500, 1600, 1601, 1800, 3040, 3042, 3046, 3075, 3080, 4060,
];

/** What v2 and v3 say of a call that they do not know. */
export const noSuchCallCodes = [1021, 1022, 3043, 3044, 3045];
