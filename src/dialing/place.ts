import type { Database } from '../db/pool.ts';
import { messageOf } from '../errors.ts';
import type { PlaceAnswer } from '../exotel/place-call.ts';
import { markPlaced, markUnknownIfPlacing, wakeOwner } from './attempt-store.ts';
import { closeBreaker, openBreaker } from './breaker.ts';
import type { Claim } from './claim.ts';
import type { Slot } from './limiter.ts';
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
  const answeredAt = context.clock.monotonic();
  try {
    await persistently(log, 'answer to placing', () => storeAnswer(context, claim, answer, answeredAt));
  } catch (error) {
    log.error(
      { attempt: claim.attemptId, reason: messageOf(error) },
      'an answer cannot be stored: the attempt is unknown',
    );
    await persistently(log, 'unknown attempt', () => giveUpOnAnswer(context, claim));
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

async function storeAnswer(
  context: OwnerContext,
  claim: Claim,
  answer: PlaceAnswer,
  answeredAt: number,
): Promise<void> {
  const { database, term, throttle } = context;
  const { accountId } = term;
  const { attemptId, requestId } = claim;
  if (answer.kind === 'placed' || answer.kind === 'refused') throttle.passed();
  switch (answer.kind) {
    case 'placed': {
      // the database may have been away since: the call is as old as its answer, not as its row
      const placedAt = new Date((await nowOf(database)).getTime() - (context.clock.monotonic() - answeredAt));
      const nextPollAt = new Date(placedAt.getTime() + context.schedule.firstLookAfter());
      await database.transaction(async (transaction) => {
        await closeRequest(transaction, requestId, 'ok', 200);
        await markPlaced(transaction, attemptId, answer.callSid, placedAt, nextPollAt);
      });
      await closeBreaker(database, accountId);
      return;
    }
    case 'refused': {
      const code = answer.code === null ? `HTTP ${answer.httpStatus}` : String(answer.code);
      await closeRequest(database, requestId, 'refused', answer.httpStatus, code);
      const verdict = { ...verdictOfRefusal(answer.decision), unlisted: !answer.listed };
      const facts = { errorCode: code, errorText: answer.listed ? answer.meaning : answer.text };
      await settleByAnswer(database, attemptId, verdict, facts, { code, sentence: sentenceOf(answer, code) });
      await closeBreaker(database, accountId);
      return;
    }
    case 'throttled':
      throttle.closed(answer.retryAfterMs);
      await closeRequest(database, requestId, 'throttled', 429);
      await settleByAnswer(
        database,
        attemptId,
        throttledVerdict,
        { errorCode: '429', errorText: null },
        null,
      );
      return;
    case 'unsent':
      await closeRequest(database, requestId, 'unsent');
      // a former owner must not stop its successor: only what a connection tells is about Exotel
      if (!answer.fenced)
        await openBreaker(database, accountId, 'unsent', `Exotel cannot be reached: ${answer.why}`);
      await settleByAnswer(
        database,
        attemptId,
        unsentVerdict,
        { errorCode: null, errorText: answer.why },
        null,
      );
      return;
    case 'unknown':
      await closeRequest(database, requestId, 'unknown', answer.httpStatus);
      await markUnknownIfPlacing(database, attemptId, answer.why);
      await openBreaker(database, accountId, 'unknown', `Exotel's answers tell nothing: ${answer.why}`);
      await wakeOwner(database, accountId);
  }
}

/** The database refuses what the answer says, so all that is left to say is that it may be ringing. */
async function giveUpOnAnswer({ database }: OwnerContext, claim: Claim): Promise<void> {
  await closeRequest(database, claim.requestId, 'unknown');
  await markUnknownIfPlacing(database, claim.attemptId, 'the answer could not be stored');
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
