import type { Database } from '../db/pool.ts';
import { messageOf } from '../errors.ts';
import type { PlaceAnswer } from '../exotel/place-call.ts';
import { markPlaced, markUnknownIfPlacing, wakeOwner } from './attempt-store.ts';
import { closeBreaker, openBreaker } from './breaker.ts';
import type { Claim } from './claim.ts';
import type { Slot } from './limiter.ts';
import { noteThrottled } from './lease-store.ts';
import type { OwnerContext } from './owner-context.ts';
import { persistently } from './persistently.ts';
import { closeRequest } from './request-store.ts';
import { settleByAnswer } from './settle.ts';
import { throttledVerdict, unsentVerdict, verdictOfRefusal } from './verdict.ts';

/** Sends the one request of a committed claim and stores what its answer says. Never throws, never sends twice. */
export async function place(context: OwnerContext, claim: Claim, slot: Slot): Promise<void> {
  const { log } = context;
  const answer = await send(context, claim);
  if (answer.kind === 'unsent') slot.unused();
  else slot.finished();
  log.debug(
    { attempt: claim.attemptId, agent: claim.agent?.id, answer: answer.kind },
    'placing was answered',
  );
  try {
    await storeAnswer(context, claim, answer);
  } catch (error) {
    log.error(
      { attempt: claim.attemptId, reason: messageOf(error) },
      'an answer cannot be stored: the attempt is unknown',
    );
    await giveUpOnAnswer(context, claim);
  }
}

async function send({ client, callbackUrl }: OwnerContext, claim: Claim): Promise<PlaceAnswer> {
  const { campaign, agent, number, callerId, attemptId } = claim;
  const { call, flow } = campaign.definition;
  const common = {
    callerId,
    recording: call.recording,
    recordingChannels: call.recordingChannels,
    ringSeconds: call.ringSeconds,
    maxSeconds: call.maxSeconds,
    customField: attemptId,
    callbackUrl: callbackUrl(attemptId),
  };
  switch (campaign.mode) {
    case 'agents': {
      const from = { userId: agent?.user_id ?? null, contactUri: agent?.contact_uri ?? null };
      return await client.placeCall({ ...common, from, to: number });
    }
    case 'connect': {
      const from = agent?.contact_uri ?? null;
      if (from === null) return { kind: 'unsent', why: 'the agent has no phone', fenced: false };
      return await client.connectNumbers({ ...common, from, to: number });
    }
    case 'flow':
      if (flow === null) return { kind: 'unsent', why: 'the campaign names no flow', fenced: false };
      return await client.connectToFlow({ ...common, from: number, appId: flow.appId });
  }
}

/**
 * Each step is repeated by itself until the database takes it: one that was taken must not be taken again because the
 * next one fails, or a breaker would open ever longer.
 * @throws what would be refused for ever
 */
async function storeAnswer(context: OwnerContext, claim: Claim, answer: PlaceAnswer): Promise<void> {
  const { database, term, throttle, clock, log } = context;
  const { accountId } = term;
  const { attemptId, requestId } = claim;
  const answeredAt = clock.monotonic();
  const keep = async (write: () => Promise<unknown>): Promise<void> => {
    await persistently(log, 'answer to placing', write);
  };
  if (answer.kind === 'placed' || answer.kind === 'refused') throttle.passed();
  switch (answer.kind) {
    case 'placed': {
      await keep(() => storePlaced(context, claim, answer.callSid, answeredAt));
      await keep(() => closeBreaker(database, accountId));
      await context.zoneWatch.note(answer.zoneShiftMs);
      return;
    }
    case 'refused': {
      const code = answer.code === null ? `HTTP ${answer.httpStatus}` : String(answer.code);
      const verdict = { ...verdictOfRefusal(answer.decision), unlisted: !answer.listed };
      const facts = { errorCode: code, errorText: answer.listed ? answer.meaning : answer.text };
      const wider = { code, sentence: sentenceOf(answer, code) };
      await keep(() => closeRequest(database, requestId, 'refused', answer.httpStatus, code));
      await keep(() => settleByAnswer(database, attemptId, verdict, facts, wider));
      await keep(() => closeBreaker(database, accountId));
      return;
    }
    case 'throttled': {
      const facts = { errorCode: '429', errorText: null };
      const opensAt = answeredAt + throttle.closed(answer.retryAfterMs);
      await keep(() => closeRequest(database, requestId, 'throttled', 429));
      await keep(() => noteThrottled(database, accountId, opensAt - clock.monotonic()));
      await keep(() => settleByAnswer(database, attemptId, throttledVerdict, facts, null));
      return;
    }
    case 'unsent': {
      const facts = { errorCode: null, errorText: answer.why };
      await keep(() => closeRequest(database, requestId, 'unsent'));
      // a former owner must not stop its successor: only what a connection tells is about Exotel
      if (!answer.fenced) {
        const why = `Exotel cannot be reached: ${answer.why}`;
        await keep(() => openBreaker(database, accountId, 'unsent', why));
      }
      await keep(() => settleByAnswer(database, attemptId, unsentVerdict, facts, null));
      return;
    }
    case 'unknown': {
      const why = `Exotel's answers tell nothing: ${answer.why}`;
      await keep(() => closeRequest(database, requestId, 'unknown', answer.httpStatus));
      await keep(() => markUnknownIfPlacing(database, attemptId, answer.why));
      await keep(() => openBreaker(database, accountId, 'unknown', why));
      await keep(() => wakeOwner(database, accountId));
    }
  }
}

async function storePlaced(
  { database, schedule, clock }: OwnerContext,
  { attemptId, requestId }: Claim,
  callSid: string,
  answeredAt: number,
): Promise<void> {
  // the database may have been away since: the call is as old as its answer, not as its row
  const placedAt = new Date((await nowOf(database)).getTime() - (clock.monotonic() - answeredAt));
  const nextPollAt = new Date(placedAt.getTime() + schedule.firstLookAfter());
  await database.transaction(async (transaction) => {
    await closeRequest(transaction, requestId, 'ok', 200);
    await markPlaced(transaction, attemptId, callSid, placedAt, nextPollAt);
  });
}

/** The database refuses what the answer says, so all that is left to say is that it may be ringing. */
async function giveUpOnAnswer({ database, log }: OwnerContext, claim: Claim): Promise<void> {
  const { attemptId, requestId } = claim;
  const keep = async (write: () => Promise<void>): Promise<void> => {
    await persistently(log, 'unknown attempt', write).catch((error: unknown) => {
      // the next owner takes up what still looks as if it were being placed
      log.error({ attempt: attemptId, reason: messageOf(error) }, 'not even that can be stored');
    });
  };
  await keep(() => closeRequest(database, requestId, 'unknown'));
  await keep(() => markUnknownIfPlacing(database, attemptId, 'the answer could not be stored'));
}

/** Why dialling stops and what to do. Exotel's own words stand in it: often nothing else says which of its reasons it is. */
function sentenceOf(answer: Extract<PlaceAnswer, { kind: 'refused' }>, code: string): string {
  const advice = answer.advice ?? 'Look at the call and resume.';
  return `Exotel refused (${code}): ${answer.meaning}. ${advice} Exotel's text: ${answer.text}`;
}

async function nowOf(database: Database): Promise<Date> {
  const found = await database.query<{ now: Date }>('select dialer_now() as now');
  return found.rows[0]?.now ?? new Date();
}
