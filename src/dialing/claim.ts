import { randomUUID } from 'node:crypto';
import { hasAgents, legsOfCall } from '../campaigns/campaign-mode.ts';
import { openZones } from '../campaigns/contact-hours.ts';
import type { ScrubSettings } from '../contacts/scrub-settings.ts';
import type { Database, Transaction } from '../db/pool.ts';
import {
  callsInWindow,
  dueContact,
  freeAgent,
  insertAttempt,
  lockRules,
  nextDue,
  readAccountRules,
  runningCampaigns,
} from './claim-store.ts';
import type { AccountRules, FreeAgent, RunningCampaign } from './claim-store.ts';

/** One decision to place a call, committed. Only after this may its request be sent. */
export interface Claim {
  attemptId: string;
  requestId: number;
  campaign: RunningCampaign;
  /** null in a mode without agents */
  agent: FreeAgent | null;
  number: string;
  callerId: string;
}

export type ClaimResult =
  | { kind: 'claimed'; claim: Claim }
  /** nothing may or can be dialled right now */
  | { kind: 'nothing' }
  | { kind: 'not_owner' };

export interface ClaimOptions {
  database: Database;
  accountId: number;
  owner: string;
  epoch: number;
  windowMs: number;
}

/**
 * An Exotel that swallows requests tells so only when they time out, half a minute later: at the full rate hundreds of
 * contacts would by then be unknown. So many answers may be long in coming, then nothing more is placed.
 */
export const mostSlowPlacings = 8;

const uniqueViolation = '23505';

/**
 * Claims the best due contact for the agent who has been idle longest, and writes the attempt.
 *
 * Every rule is checked in this one transaction, by the database's clock read after its locks are held: whoever
 * tightens a rule takes the account's row FOR UPDATE, so no claim on the old rule commits after that command returned.
 *
 * Where this throws, the commit may have gone through all the same and only its reply have been lost: whoever named
 * the attempt can tell later that nothing of it was sent.
 */
export async function claimNext(
  options: ClaimOptions,
  attemptId: string = randomUUID(),
): Promise<ClaimResult> {
  const { database, accountId, owner, epoch } = options;
  try {
    return await database.transaction(async (transaction) => {
      const rules = await lockRules(transaction, accountId, owner, epoch);
      if (rules === null) return { kind: 'not_owner' };
      if (!(await accountMayPlace(transaction, options, rules))) return nothing;
      const campaigns = openCampaigns(await runningCampaigns(transaction, accountId), rules);
      for (const campaign of campaigns) {
        if (!hasLegs(rules, campaign)) {
          if (await couldCall(transaction, options, campaign, rules.now)) return nothing;
          continue;
        }
        const claim = await claimFor(transaction, options, campaign, { attemptId, now: rules.now });
        if (claim !== null) return { kind: 'claimed', claim };
      }
      return nothing;
    });
  } catch (error) {
    // another claim came first; the unique indexes are the guard and this is how they say no
    if (isUniqueViolation(error)) return nothing;
    throw error;
  }
}

/**
 * Looks whether a claim has a chance, so that no slot of the limiter is taken in vain.
 * `inMs` tells when waiting alone will change a no.
 */
export async function lookForWork(options: ClaimOptions): Promise<{ ready: boolean; inMs: number | null }> {
  const { database, accountId } = options;
  const rules = await readAccountRules(database, accountId);
  if (rules === null || rules.paused || rules.slow >= mostSlowPlacings) return { ready: false, inMs: null };
  if (rules.breaker_until !== null && rules.breaker_until > rules.now) {
    return { ready: false, inMs: rules.breaker_until.getTime() - rules.now.getTime() };
  }
  const waits: number[] = [];
  for (const campaign of openCampaigns(await runningCampaigns(database, accountId), rules)) {
    const could = await database.transaction((transaction) =>
      couldCall(transaction, options, campaign, rules.now),
    );
    if (could) return { ready: hasLegs(rules, campaign), inMs: null };
    const next = await nextDue(database, campaign.id, rules.now, campaign.zones);
    if (next !== null) waits.push(next.getTime() - rules.now.getTime());
  }
  return { ready: false, inMs: waits.length === 0 ? null : Math.min(...waits) };
}

/** Takes the very path of a claim, locks included, and lets them go: the two can never disagree. */
async function couldCall(
  transaction: Transaction,
  { accountId }: ClaimOptions,
  campaign: RunningCampaign,
  now: Date,
): Promise<boolean> {
  const agent = await agentFor(transaction, campaign, now);
  return (
    agent !== 'none' &&
    (await dueContact(transaction, accountId, campaign.id, now, campaign.zones, scrubOf(campaign))) !== null
  );
}

/**
 * Whether the account has legs left for a campaign's next call. One that could call but for them has its turn: others,
 * whose calls take fewer, must not take each leg that comes free before there are two.
 */
function hasLegs(rules: AccountRules, { mode }: RunningCampaign): boolean {
  const { max_concurrent_legs: most, live_legs: live } = rules;
  return most === null || live + legsOfCall(mode) <= most;
}

async function accountMayPlace(
  transaction: Transaction,
  options: ClaimOptions,
  rules: AccountRules,
): Promise<boolean> {
  if (rules.paused) return false;
  if (rules.breaker_until !== null) {
    if (rules.breaker_until > rules.now) return false;
    // half open: one probe at a time, until an answer closes the breaker
    if (rules.placing > 0) return false;
  }
  if (rules.slow >= mostSlowPlacings) return false;
  if (rules.calls_per_minute === null) return true;
  return (await callsInWindow(transaction, options.accountId, options.windowMs)) < rules.calls_per_minute;
}

/** Those whose hours are open, with the zones whose are, and whose calls take no more legs than the account has in all. */
function openCampaigns(campaigns: RunningCampaign[], rules: AccountRules): RunningCampaign[] {
  const { now, max_concurrent_legs: most } = rules;
  return campaigns
    .filter(({ mode }) => most === null || legsOfCall(mode) <= most)
    .map((campaign) => {
      const { schedule, call } = campaign.definition;
      return { ...campaign, zones: openZones(schedule, campaign.zones, now, call.ringSeconds) };
    })
    .filter(({ zones }) => zones.length > 0);
}

/** Absent in definitions from before there were scrubs. */
function scrubOf({ definition }: RunningCampaign): ScrubSettings | null {
  return definition.scrub ?? null;
}

/** The agent for a campaign's next call: null where its mode has none. */
async function agentFor(
  transaction: Transaction,
  { id, mode }: RunningCampaign,
  now: Date,
): Promise<FreeAgent | null | 'none'> {
  return hasAgents(mode) ? ((await freeAgent(transaction, id, now)) ?? 'none') : null;
}

async function claimFor(
  transaction: Transaction,
  options: ClaimOptions,
  campaign: RunningCampaign,
  { attemptId, now }: { attemptId: string; now: Date },
): Promise<Claim | null> {
  const agent = await agentFor(transaction, campaign, now);
  if (agent === 'none') return null;
  const contact = await dueContact(
    transaction,
    options.accountId,
    campaign.id,
    now,
    campaign.zones,
    scrubOf(campaign),
  );
  if (contact === null) return null;
  const { call, callerIds } = campaign.definition;
  const callerId = callerIds[(contact.id + contact.attempts) % callerIds.length];
  if (callerId === undefined) return null;
  const requestId = await insertAttempt(transaction, {
    id: attemptId,
    accountId: options.accountId,
    campaignId: campaign.id,
    contactId: contact.id,
    agentId: agent?.id ?? null,
    mode: campaign.mode,
    attemptNumber: contact.attempts + 1,
    number: contact.number,
    callerId,
    epoch: options.epoch,
    claimedAt: now,
    ringSeconds: call.ringSeconds,
    maxSeconds: call.maxSeconds,
  });
  return { attemptId, requestId, campaign, agent, number: contact.number, callerId };
}

const nothing: ClaimResult = { kind: 'nothing' };

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === uniqueViolation;
}
