import type { CallDetails } from '../exotel/call-details.ts';
import type { Database, Transaction } from '../db/pool.ts';
import { lockAccount, pauseAccount, pauseCampaign } from '../campaigns/pausing.ts';
import { applyAgentEffect } from '../agents/health-store.ts';
import {
  countedAttempts,
  excuseAttempts,
  lockAttempt,
  markSettled,
  noFacts,
  noteFacts,
  recentAttemptsOfContact,
  wakeOwner,
} from './attempt-store.ts';
import type { AttemptFacts, AttemptRow } from './attempt-store.ts';
import { moveContact, releaseRejectedContacts } from './contact-steps.ts';
import { isAgentFault } from './outcomes.ts';
import type { Verdict } from './outcomes.ts';
import {
  stepAfterAgentFault,
  stepAfterCustomerOutcome,
  stepAfterUnknown,
  stepAfterUnlisted,
} from './retry-policy.ts';
import type { NextStep } from './retry-policy.ts';
import { unknownVerdict, verdictOfCall } from './verdict.ts';

/** Where a truth came from. */
export type Source = 'answer' | 'callback' | 'poll' | 'deadline';

/** What settling came to. `contradicts`: the attempt already ended as something else, which stands. */
export type Settled = 'settled' | 'already' | 'contradicts' | 'not_found';

/** Why an account or a campaign stops when an attempt is turned down. */
export interface WiderReason {
  code: string;
  /** a sentence for people that says what to do */
  sentence: string;
}

/** Ends an attempt by what its call came to. Idempotent and free of order: the first truth stands. */
export async function settleByCall(
  database: Database,
  attemptId: string,
  details: CallDetails,
  by: 'callback' | 'poll',
): Promise<Settled> {
  const facts = factsOf(details);
  const verdict = verdictOfCall({ status: details.status, customerLegStatus: details.customerLeg.status });
  return await settle(database, attemptId, verdict, facts, by, null);
}

/** Ends an attempt that Exotel turned down or that nothing came of. */
export async function settleByAnswer(
  database: Database,
  attemptId: string,
  verdict: Verdict,
  facts: Pick<AttemptFacts, 'errorCode' | 'errorText'>,
  wider: WiderReason | null,
): Promise<Settled> {
  return await settle(database, attemptId, verdict, { ...noFacts, ...facts }, 'answer', wider);
}

/** Ends an attempt at its deadline: nothing was learned and nothing will be waited for. */
export async function settleAsUnknown(database: Database, attemptId: string): Promise<Settled> {
  return await settle(database, attemptId, unknownVerdict, noFacts, 'deadline', null);
}

/** What a call's details say of its attempt. */
export function factsOf(details: CallDetails): AttemptFacts {
  return {
    ...noFacts,
    callSid: details.callSid,
    providerStatus: details.givenStatus,
    agentLegStatus: details.agentLeg.status,
    customerLegStatus: details.customerLeg.status,
    endedAt: details.endedAt,
    talkSeconds: wholeSeconds(details.talkSeconds),
    recordingUrl: details.recordingUrl,
    details: details.raw,
  };
}

function wholeSeconds(seconds: number | null): number | null {
  return seconds === null || seconds < 0 || seconds > longestTalkSeconds ? null : Math.round(seconds);
}

/** A day: Exotel allows no call of more than four hours, so anything longer is no length. */
const longestTalkSeconds = 86_400;

async function settle(
  database: Database,
  attemptId: string,
  verdict: Verdict,
  facts: AttemptFacts,
  by: Source,
  wider: WiderReason | null,
): Promise<Settled> {
  return await database.transaction(async (transaction) => {
    if (verdict.wider !== 'none') await lockAccount(transaction, { attemptId });
    const attempt = await lockAttempt(transaction, attemptId);
    if (attempt === null) return 'not_found';
    if (facts.callSid !== null && attempt.call_sid !== null && facts.callSid !== attempt.call_sid)
      return 'contradicts';
    if (attempt.outcome !== null && attempt.outcome !== 'unknown') {
      if (attempt.outcome !== verdict.outcome) return 'contradicts';
      await noteFacts(transaction, attemptId, facts);
      return 'already';
    }
    if (attempt.outcome === 'unknown' && by === 'deadline') return 'already';

    await noteFacts(transaction, attemptId, facts);
    await markSettled(transaction, attemptId, { ...verdict, by });
    const step = await nextStep(transaction, withFacts(attempt, facts), verdict);
    await moveContact(transaction, attempt, step);
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
  });
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
    case 'rejected':
      if (await allRejected(transaction, attempt.campaign_id)) {
        await releaseRejectedContacts(transaction, attempt.campaign_id, rejectionsInARow);
        await pauseCampaign(transaction, attempt.campaign_id, 'dialer', {
          code: '10725',
          sentence:
            'Exotel rejected the last five numbers as invalid and placed none: check the numbers and the default ' +
            'region of the list, then resume; the five contacts wait to be dialled again',
        });
      }
  }
}

const agentsWithoutVoip = 3;
const rejectionsInARow = 5;

async function refusedVoipAgents(transaction: Transaction, campaignId: number): Promise<number> {
  const found = await transaction.query<{ refused: number }>(
    `select count(*) as refused from campaign_agents ca join agents g on g.id = ca.agent_id
     where ca.campaign_id = $1 and g.disabled_code = '10712'`,
    [campaignId],
  );
  return found.rows[0]?.refused ?? 0;
}

async function allRejected(transaction: Transaction, campaignId: number): Promise<boolean> {
  const found = await transaction.query<{ rejected: boolean }>(
    `select outcome = 'rejected' as rejected from attempts
     where campaign_id = $1 and (state = 'settled' or call_sid is not null)
     order by claimed_at desc limit $2`,
    [campaignId, rejectionsInARow],
  );
  return found.rows.length === rejectionsInARow && found.rows.every((row) => row.rejected);
}
