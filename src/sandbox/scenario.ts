import { z } from 'zod';
import { parseDuration } from '../campaigns/durations.ts';
import { messageOf } from '../errors.ts';
import { circles } from './circles.ts';
import { sumOf } from './random.ts';

/**
 * What can come of a placing request that nothing else disturbs. `agent_hung_up`: while the customer's phone rang;
 * `agent_left`: before the customer was dialled.
 */
export const callOutcomes = [
  'connected',
  'no_answer',
  'busy',
  'unreachable',
  'agent_no_answer',
  'agent_canceled',
  'agent_unreachable',
  'agent_hung_up',
  'agent_left',
  'agent_busy',
] as const;
export type CallOutcome = (typeof callOutcomes)[number];

export const outcomeNames = [...callOutcomes, 'do_not_disturb'] as const;

/** How an answer to a placing request can go wrong; "before" and "after" mean the call. */
export const placingFaults = [
  'cut_before',
  'cut_after',
  'error_before',
  'error_after',
  'garbage',
  'no_sid',
  'slow',
  'throttled',
] as const;
export type PlacingFault = (typeof placingFaults)[number];

/** How an answer to any other request can go wrong. */
export const readingFaults = ['cut', 'error', 'garbage', 'slow'] as const;
export type ReadingFault = (typeof readingFaults)[number];

/** What can become of a callback. `reordered` holds a call's callbacks and sends them last one first. */
export const callbackFaults = ['lost', 'doubled', 'late', 'reordered'] as const;
export type CallbackFault = (typeof callbackFaults)[number];

/** What can be wrong with the account as a whole. */
export const accountFaults = [
  'unauthorized',
  'unknown_account',
  'payment_required',
  'kyc_missing',
  'unknown_caller_id',
  'voip_not_allowed',
  'server_error',
] as const;
export type AccountFault = (typeof accountFaults)[number];

/** `busy` agents take calls of their own now and then; `toggling` ones switch their device off and on. */
export const agentStates = ['available', 'off', 'busy', 'unverified', 'toggling', 'no_device'] as const;
export type AgentState = (typeof agentStates)[number];

/** A length of time such as 250ms, 30s, 2m or 1h30m; comes out in ms. */
export const duration = z
  .string({ error: 'expected a duration such as 30s, 2m or 1h' })
  .transform((text, context) => {
    // Answers take fractions of a second, for which campaign files have no unit.
    if (/^\d+ms$/.test(text)) return Number.parseInt(text, 10);
    const reading = parseDuration(text);
    if ('milliseconds' in reading) return reading.milliseconds;
    context.addIssue({ code: 'custom', message: reading.problem });
    return z.NEVER;
  });

const phoneNumber = z
  .string({ error: 'expected a phone number in quotes, such as "+919800000001"' })
  .regex(/^\+[1-9]\d{7,14}$/, 'expected a phone number in quotes, such as "+919800000001"');

const pattern = z.string().transform((text, context) => {
  try {
    return new RegExp(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) });
    return z.NEVER;
  }
});

const digits = z.string({ error: 'expected keys in quotes, such as "9"' }).regex(/^[0-9*#]+$/, {
  error: 'expected keys in quotes, such as "9"',
});

const share = z.number().min(0).max(1);
const count = z.int().min(0);
const spread = (mean: string, around: string) =>
  z.strictObject({ mean: duration.prefault(mean), spread: duration.prefault(around) }).prefault({});

const shares = <const Names extends readonly [string, ...string[]]>(names: Names) =>
  z.partialRecord(z.enum(names), share).prefault({});

const exclusiveShares = <const Names extends readonly [string, ...string[]]>(names: Names) =>
  shares(names).refine((given) => sumOf<Names[number]>(names, given) <= 1, {
    error: 'the shares add up to more than 1',
  });

const outcomeWeights = z
  .partialRecord(z.enum(outcomeNames), z.number().min(0))
  .prefault({
    connected: 56,
    no_answer: 20,
    busy: 8,
    unreachable: 5,
    agent_no_answer: 5,
    agent_canceled: 2,
    agent_unreachable: 2,
    do_not_disturb: 2,
  })
  .refine((weights) => sumOf(outcomeNames, weights) > 0, {
    error: 'at least one outcome needs a weight above 0',
  });

const numberPlan = z
  .strictObject({
    outcome: z.enum(outcomeNames).optional(),
    sequence: z.array(z.enum(callOutcomes)).min(1).optional(),
    talk: duration.optional(),
    answer: z.enum(placingFaults).optional(),
    callbacks: z.array(z.enum(callbackFaults)).prefault([]),
    digits: digits.optional(),
    circle: z.enum(circles).optional(),
  })
  .refine((plan) => plan.outcome === undefined || plan.sequence === undefined, {
    error: 'give either outcome or sequence',
  });

const agentsSection = z
  .strictObject({
    count: count.default(10),
    off: count.default(0),
    busy: count.default(0),
    unverified: count.default(0),
    toggling: count.default(0),
    noDevice: count.default(0),
    toggle: z.strictObject({ on: duration.prefault('10m'), off: duration.prefault('3m') }).prefault({}),
    ownCalls: z.strictObject({ busy: duration.prefault('2m'), free: duration.prefault('8m') }).prefault({}),
    list: z
      .array(
        z.strictObject({
          userId: z.string().min(1),
          name: z.string().min(1),
          contactUri: z.string().min(1),
          state: z.enum(agentStates).default('available'),
        }),
      )
      .min(1)
      .optional(),
  })
  .refine((agents) => specialAgents(agents) <= agents.count || agents.list !== undefined, {
    error: 'off, busy, unverified, toggling and noDevice add up to more than count',
  })
  .prefault({ count: 10, off: 1, busy: 1, toggling: 1 });

/** The whole scenario: every section may be left out, and unknown keys are errors. */
export const scenarioSchema = z.strictObject({
  seed: z.int().default(1),
  speed: z.number().min(0.1).max(10_000).default(10),
  account: z
    .strictObject({
      sid: z.string().min(1).default('sandbox'),
      key: z.string().min(1).default('sandbox-key'),
      token: z.string().min(1).default('sandbox-token'),
      voip: z.boolean().default(true),
      fault: z.enum(['none', ...accountFaults]).default('none'),
    })
    .prefault({}),
  callerIds: z.array(phoneNumber).min(1).default(['+918045680000']),
  limit: z
    .strictObject({
      requests: z.int().min(1).default(200),
      window: duration.prefault('60s'),
      retryAfter: z.enum(['none', 'seconds', 'date']).default('none'),
      countRefused: z.boolean().default(false),
      storms: z.strictObject({ every: duration, lasting: duration }).optional(),
    })
    .prefault({}),
  agents: agentsSection,
  outcomes: outcomeWeights,
  numbers: z.record(phoneNumber, numberPlan).default({}),
  doNotDisturb: z
    .strictObject({
      numbers: z.array(phoneNumber).default([]),
      pattern: pattern.optional(),
      agents: z.array(phoneNumber).default([]),
      outdated: share.default(0),
      unavailable: share.default(0),
    })
    .prefault({}),
  durations: z
    .strictObject({
      agentAnswer: spread('6s', '2s'),
      dialing: spread('2s', '500ms'),
      customerAnswer: spread('9s', '3s'),
      talk: spread('75s', '40s'),
      postProcessing: duration.prefault('2s'),
    })
    .prefault({}),
  answers: z
    .strictObject({
      latency: spread('60ms', '20ms'),
      slowBy: duration.prefault('30s'),
      errorStatuses: z.array(z.int().min(500).max(599)).min(1).default([500, 502, 503, 504]),
      visibleAfter: duration.prefault('0s'),
      placing: exclusiveShares(placingFaults),
      reading: exclusiveShares(readingFaults),
    })
    .prefault({}),
  callbacks: z
    .strictObject({
      delay: spread('300ms', '100ms'),
      lateBy: duration.prefault('60s'),
      timeout: duration.prefault('10s'),
      concurrency: z.int().min(1).max(1_000).default(50),
      retries: z.array(duration).default([]),
      faults: shares(callbackFaults),
    })
    .prefault({}),
  recordings: z.strictObject({ share: share.default(1), after: duration.prefault('0s') }).prefault({}),
  flow: z
    .strictObject({
      passthruUrl: z.url({ protocol: /^https?$/, error: 'expected a URL with http or https' }).optional(),
      digits: z
        .record(digits, share)
        .refine((given) => sumOf(Object.keys(given), given) <= 1, {
          error: 'the shares add up to more than 1',
        })
        .default({}),
    })
    .prefault({}),
  v1: z
    .strictObject({
      detailsAfter: duration.prefault('2m'),
      listedAfter: duration.prefault('0s'),
      recordByDefault: z.boolean().default(true),
      numbers: z.enum(['national', 'e164']).default('national'),
      amounts: z.enum(['mixed', 'number', 'string']).default('mixed'),
      endTime: z.enum(['null', 'epoch']).default('null'),
      firstStatus: z.enum(['in-progress', 'queued']).default('in-progress'),
      flowTo: z.enum(['null', 'caller_id']).default('null'),
      canceled: z.enum(['failed', 'canceled']).default('failed'),
      customField: z.enum(['absent', 'shown', 'not_available']).default('absent'),
      preSigned: z.boolean().default(false),
      bulkDetails: z.boolean().default(false),
      lastPage: z.enum(['null', 'empty']).default('null'),
      exceptionStatus: z.enum(['number', 'string']).default('number'),
      exceptionCode: z.boolean().default(false),
      exceptionsAsOk: z.boolean().default(false),
      numberOnRegister: z.enum(['whole', 'masked', 'unnamed']).default('whole'),
      callbackForm: z.enum(['multipart', 'urlencoded']).default('multipart'),
      callbackNulls: z.enum(['empty', 'text', 'omitted']).default('empty'),
      flowCallbacks: z.enum(['four_fields', 'full']).default('four_fields'),
    })
    .prefault({}),
  variants: z
    .strictObject({
      nesting: z.enum(['data', 'flat', 'call_details']).default('data'),
      times: z.enum(['ist', 'utc']).default('ist'),
      acceptToNumber: z.boolean().default(false),
      conflictsAsOk: z.boolean().default(false),
      busyStatus: z.union([z.literal(409), z.literal(404)]).default(409),
      unavailableCode: z.union([z.literal(1012), z.literal(10703)]).default(1012),
      noDeviceCode: z.union([z.literal(10806), z.literal(10702)]).default(10806),
      hideDevices: z.boolean().default(false),
      v3EndTime: z.enum(['epoch', 'null']).default('epoch'),
      v3Canceled: z.enum(['cancelled', 'canceled']).default('cancelled'),
      v3Direction: z.enum(['outbound', 'outbound-api']).default('outbound'),
      v3Recordings: z.boolean().default(true),
      activeCalls: z.enum(['served', 'absent', 'empty', 'stale']).default('served'),
      voiceLogs: z.enum(['served', 'absent', 'short_lived']).default('served'),
    })
    .prefault({}),
});

export type Scenario = z.output<typeof scenarioSchema>;
export type ScenarioInput = z.input<typeof scenarioSchema>;

function specialAgents(
  agents: Record<'off' | 'busy' | 'unverified' | 'toggling' | 'noDevice', number>,
): number {
  return agents.off + agents.busy + agents.unverified + agents.toggling + agents.noDevice;
}
