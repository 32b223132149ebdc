import type { CallDetails } from '../exotel/call-details.ts';
import type { Database, Transaction } from '../db/pool.ts';
import { lockAccount, pauseAccount, pauseCampaign } from '../campaigns/pausing.ts';
import { applyAgentEffect } from '../agents/health-store.ts';
import { applyWaitingDispositions } from '../contacts/disposition-effect.ts';
import {
  countedAttempts,
  excuseAttempts,
  expectLateFacts,
  laterAttempts,
  lockAttempt,
  lookWithin,
  markOver,
  markSettled,
  noFacts,
  noteFacts,
  recentAttemptsOfContact,
  wakeOwner,
} from './attempt-store.ts';
import type { AttemptFacts, AttemptRow } from './attempt-store.ts';
import { factsOf } from './call-facts.ts';
import { moveContact, releaseRejectedContacts } from './contact-steps.ts';
import { numberStep } from './number-steps.ts';
import { isAgentFault } from './outcomes.ts';
import type { Verdict } from './outcomes.ts';
import {
  stepAfterAgentFault,
  stepAfterCustomerOutcome,
  stepAfterUnknown,
  stepAfterUnlisted,
  waitOfLater,
} from './retry-policy.ts';
import type { NextStep } from './retry-policy.ts';
import { unknownVerdict, unlistedStatus, verdictOfCall } from './verdict.ts';

/** Where a truth came from. */
export type Source = 'answer' | 'callback' | 'poll' | 'deadline';

/**
 * What settling came to. `contradicts`: the attempt already ended as something else, which stands, or its call is known
 * by another source. `look_needed`: a look at the call is due, since nothing else tells what it came to.
 */
export type Settled = 'settled' | 'already' | 'contradicts' | 'not_found' | 'look_needed';

/** Why an account or a campaign stops when an attempt is turned down. */
export interface WiderReason {
  code: string;
  /** a sentence for people that says what to do */
  sentence: string;
}

/**
 * Ends an attempt by what its call came to. Idempotent and free of order: the first truth stands.
 * @param withoutLegs ends it as unlisted where only its legs, or its status, would tell, and they will not be told
 */
export async function settleByCall(
  database: Database,
  attemptId: string,
  details: CallDetails,
  by: 'callback' | 'poll',
  { withoutLegs = false }: { withoutLegs?: boolean } = {},
): Promise<Settled> {
  return await database.transaction(async (transaction) => {
    const attempt = await lockAttempt(transaction, attemptId);
    if (attempt === null) return 'not_found';
    const facts = factsOf(details, attempt.mode, attempt.now);
    const verdict = verdictOfCall({
      mode: attempt.mode,
      status: details.status,
      firstLegStatus: details.agentLeg.status,
      secondLegStatus: details.customerLeg.status,
      legsTold: details.legsTold,
    });
    if (verdict !== 'look_needed') return await settle(transaction, attempt, verdict, facts, by, null);
    if (withoutLegs) return await settle(transaction, attempt, unlistedStatus, facts, by, null);
    return await noteEnd(transaction, attempt, facts);
  });
}

/** The call is said to be over by a source that does not tell what it came to: a look at it does. */
export async function noteEndOfCall(
  database: Database,
  attemptId: string,
  details: CallDetails,
): Promise<Settled> {
  return await database.transaction(async (transaction) => {
    const attempt = await lockAttempt(transaction, attemptId);
    if (attempt === null) return 'not_found';
    return await noteEnd(transaction, attempt, factsOf(details, attempt.mode, attempt.now));
  });
}

/** The call is over; what it came to is not known yet. Nothing of this is news once the attempt has settled. */
async function noteEnd(transaction: Transaction, attempt: AttemptRow, facts: AttemptFacts): Promise<Settled> {
  if (attempt.call_sid !== null && attempt.call_sid !== facts.callSid) return 'contradicts';
  if (attempt.state === 'settled' && attempt.outcome !== 'unknown') return 'already';
  const { callSid, providerStatus, endedAt, recordingUrl } = facts;
  await noteFacts(transaction, attempt.id, { ...noFacts, callSid, providerStatus, endedAt, recordingUrl });
  await markOver(transaction, attempt.id);
  if (attempt.state === 'settled') await lookWithin(transaction, attempt.id, 0);
  return 'look_needed';
}

/**
 * Ends an attempt that Exotel turned down or that nothing came of. Where a callback has proved that there is a call, the
 * answer is not believed, and a look tells.
 */
export async function settleByAnswer(
  database: Database,
  attemptId: string,
  verdict: Verdict,
  facts: Pick<AttemptFacts, 'errorCode' | 'errorText'>,
  wider: WiderReason | null,
): Promise<Settled> {
  return await database.transaction(async (transaction) => {
    if (verdict.wider !== 'none') await lockAccount(transaction, { attemptId });
    const attempt = await lockAttempt(transaction, attemptId, verdict.wider === 'none' ? 'share' : 'change');
    if (attempt === null) return 'not_found';
    if (attempt.call_sid !== null) {
      await lookWithin(transaction, attempt.id, 0);
      return 'contradicts';
    }
    return await settle(transaction, attempt, verdict, { ...noFacts, ...facts }, 'answer', wider);
  });
}

/**
 * Ends an attempt at its deadline: nothing was learned and nothing will be waited for.
 * @param looked a look that was answered after the deadline told nothing either. Without one an attempt whose call is
 *   known, maybe only just now, stays open.
 */
export async function settleAsUnknown(
  database: Database,
  attemptId: string,
  { looked = false }: { looked?: boolean } = {},
): Promise<Settled> {
  return await database.transaction(async (transaction) => {
    const attempt = await lockAttempt(transaction, attemptId);
    if (attempt === null) return 'not_found';
    if (!looked && attempt.call_sid !== null && attempt.state !== 'settled') return 'look_needed';
    return await settle(transaction, attempt, unknownVerdict, noFacts, 'deadline', null);
  });
}

async function settle(
  transaction: Transaction,
  attempt: AttemptRow,
  verdict: Verdict,
  facts: AttemptFacts,
  by: Source,
  wider: WiderReason | null,
): Promise<Settled> {
  if (facts.callSid !== null && attempt.call_sid !== null && facts.callSid !== attempt.call_sid)
    return 'contradicts';
  if (attempt.outcome !== null && attempt.outcome !== 'unknown') {
    if (attempt.outcome !== verdict.outcome) return 'contradicts';
    await noteFacts(transaction, attempt.id, facts);
    return 'already';
  }
  if (attempt.outcome === 'unknown' && by === 'deadline') return 'already';

  await noteFacts(transaction, attempt.id, facts);
  const numbers = await numberStep(transaction, attempt, verdict);
  const counts = verdict.counts && numbers.kind === 'by_rules';
  await markSettled(transaction, attempt.id, { ...verdict, counts, by });
  if (verdict.outcome === 'connected') {
    await expectLateFacts(transaction, attempt.id, attempt.definition.call.recording);
  }
  const step =
    numbers.kind === 'other_number'
      ? numbers.step
      : beginningWith(numbers.number, await nextStep(transaction, withFacts(attempt, facts), verdict));
  await moveContact(transaction, attempt, await afterLater(transaction, attempt, step));
  await applyWaitingDispositions(transaction, attempt.contact_id);
  if (attempt.agent_held && attempt.agent_id !== null) {
    await applyAgentEffect(transaction, attempt.agent_id, verdict.agent, {
      endedAt: facts.endedAt ?? attempt.now,
      wrapUpMs: attempt.definition.wrapUpMs,
      code: facts.errorCode ?? verdict.outcome,
      reason: facts.errorText,
    });
  }
  await widen(transaction, attempt, verdict, wider);
  await wakeOwner(transaction, attempt.account_id);
  return 'settled';
}

function beginningWith(number: string | null, step: NextStep): NextStep {
  return number === null || step.state !== 'pending' ? step : { ...step, number };
}

/** A late truth does not shorten the wait that later attempts asked for. */
async function afterLater(transaction: Transaction, attempt: AttemptRow, step: NextStep): Promise<NextStep> {
  if (attempt.state !== 'settled' || step.state !== 'pending') return step;
  return { ...step, notBefore: waitOfLater(await laterAttempts(transaction, attempt), attempt.definition) };
}

/** What this very settlement tells counts for the contact's next step too. */
function withFacts(attempt: AttemptRow, facts: AttemptFacts): AttemptRow {
  return {
    ...attempt,
    customer_leg_status: facts.customerLegStatus ?? attempt.customer_leg_status,
    customer_answered_at: attempt.customer_answered_at ?? facts.customerAnsweredAt,
  };
}

async function nextStep(transaction: Transaction, attempt: AttemptRow, verdict: Verdict): Promise<NextStep> {
  const rules = attempt.definition;
  switch (verdict.contact) {
    case 'finish':
      return { state: 'finished', reason: null };
    case 'exhaust':
      return { state: 'exhausted', reason: verdict.outcome };
    case 'suppress':
      return { state: 'suppressed', reason: verdict.outcome };
    case 'retry':
      return stepAfterCustomerOutcome(
        verdict.outcome,
        await countedAttempts(transaction, attempt.contact_id),
        rules,
      );
    case 'as_unknown':
      return stepAfterUnknown(await countedAttempts(transaction, attempt.contact_id), rules);
    case 'retry_free': {
      const recent = await recentAttemptsOfContact(transaction, attempt.contact_id);
      const listed = recent.findIndex((one) => !one.unlisted);
      return stepAfterUnlisted(listed === -1 ? recent.length : listed, rules);
    }
    case 'keep_place':
      if (!isAgentFault(verdict.outcome)) return { state: 'pending', due: 'as_before', reason: null };
      return await stepAfterFault(transaction, attempt);
  }
}

async function stepAfterFault(transaction: Transaction, attempt: AttemptRow): Promise<NextStep> {
  const recent = await recentAttemptsOfContact(transaction, attempt.contact_id);
  const firstOther = recent.findIndex((one) => !isAgentFault(one.outcome));
  const row = firstOther === -1 ? recent : recent.slice(0, firstOther);
  const customerRang = attempt.customer_answered_at !== null || attempt.customer_leg_status !== null;
  const agents = row.map((one) => one.agent_id ?? 0).toReversed();
  const { step, excuseLast } = stepAfterAgentFault(agents, customerRang);
  if (excuseLast > 0)
    await excuseAttempts(
      transaction,
      row.slice(0, excuseLast).map((one) => one.id),
    );
  return step;
}

async function widen(
  transaction: Transaction,
  attempt: AttemptRow,
  verdict: Verdict,
  wider: WiderReason | null,
): Promise<void> {
  switch (verdict.wider) {
    case 'none':
      return;
    case 'pause_account':
      if (wider !== null) await pauseAccount(transaction, attempt.account_id, 'dialer', wider);
      return;
    case 'pause_campaign':
      if (wider !== null) await pauseCampaign(transaction, attempt.campaign_id, 'dialer', wider);
      return;
    case 'voip_refused':
      if ((await refusedVoipAgents(transaction, attempt.campaign_id)) >= agentsWithoutVoip) {
        await pauseCampaign(transaction, attempt.campaign_id, 'dialer', {
          code: '10712',
          sentence:
            'Exotel allows no VoIP calls for three or more of the agents (10712): give them a phone device or have ' +
            'VoIP calling enabled for the account, then resume the agents and the campaign',
        });
      }
      return;
    case 'rejected': {
      const rejected = await rejectedInARow(transaction, attempt.campaign_id);
      if (rejected.length >= rejectionsInARow) {
        await releaseRejectedContacts(transaction, rejected);
        await pauseCampaign(transaction, attempt.campaign_id, 'dialer', {
          code: '10725',
          sentence:
            'Exotel rejected the last five numbers as invalid and placed none: check the numbers and the default ' +
            'region of the list, then resume; the five contacts wait to be dialled again',
        });
      }
    }
  }
}

const agentsWithoutVoip = 3;
const rejectionsInARow = 5;
const rejectionsLookedAt = 50;

async function refusedVoipAgents(transaction: Transaction, campaignId: number): Promise<number> {
  const found = await transaction.query<{ refused: number }>(
    `select count(*) as refused from campaign_agents ca join agents g on g.id = ca.agent_id
     where ca.campaign_id = $1 and g.disabled_code = '10712'`,
    [campaignId],
  );
  return found.rows[0]?.refused ?? 0;
}

/** The contacts whose numbers were turned down since anything else came of a call; a contact may have several numbers. */
async function rejectedInARow(transaction: Transaction, campaignId: number): Promise<number[]> {
  const found = await transaction.query<{ id: number }>(
    `select distinct contact_id as id from (
       select contact_id, count(*) filter (where outcome is distinct from 'rejected') over (order by claimed_at desc) as others
       from (select contact_id, outcome, claimed_at from attempts
             where campaign_id = $1 and (state = 'settled' or call_sid is not null)
             order by claimed_at desc limit $2) recent) run
     where others = 0`,
    [campaignId, rejectionsLookedAt],
  );
  return found.rows.map((row) => row.id);
}
