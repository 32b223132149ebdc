import { lockAccount, pauseAccount } from '../campaigns/pausing.ts';
import { noteLegs } from '../dialing/attempt-store.ts';
import { factsOf } from '../dialing/call-facts.ts';
import type { OwnerContext } from '../dialing/owner-context.ts';
import { persistently } from '../dialing/persistently.ts';
import { readFromExotel } from '../dialing/read-from-exotel.ts';
import { settleAsUnknown, settleByCall } from '../dialing/settle.ts';
import type { CallDetails } from '../exotel/call-details.ts';
import type { CallDetailsAnswer } from '../exotel/get-call-details.ts';
import type { ReadFailure } from '../exotel/read.ts';
import type { ActiveLooks } from './active-looks.ts';
import { latestWithoutCallback, setCallbacksMissing } from './callback-record-store.ts';
import {
  askForLegsAfter,
  bringLooksForward,
  countLook,
  lookAgainAfter,
  lookAgainAfterClose,
  putOffLook,
} from './look-store.ts';
import type { DueLook } from './look-store.ts';

/** An ordinary look that waited this long for its turn goes before placing. */
const patienceMs = 10_000;
const failedGapMs = 5000;
const longestFailedGapMs = 60_000;
/** Calls in a row that brought no callback, after which callbacks count as missing. */
const silentCalls = 5;
/** Looks at a call that is over, after which nobody will tell its legs any more. */
const mostLooksWithoutLegs = 5;

/**
 * Looks at a call whose time has come, unless a callback is likelier to tell of its end.
 * @param active tells of calls that go on without a look of their own
 */
export async function lookOrPutOff(
  context: OwnerContext,
  attempt: DueLook,
  active: ActiveLooks,
): Promise<void> {
  const { database, schedule } = context;
  const putOffMs = mayWait(attempt)
    ? schedule.putOff({ elapsed: attempt.elapsed_ms, looks: attempt.polls, heard: attempt.heard })
    : 0;
  if (putOffMs > 0) await putOffLook(database, attempt.id, putOffMs);
  else await lookAtCall(context, attempt, active);
}

/** Asks what became of one call, and settles it when it is over. */
export async function lookAtCall(
  context: OwnerContext,
  attempt: DueLook,
  active: ActiveLooks | null = null,
): Promise<void> {
  const { database, log, schedule } = context;
  // a call that is over holds an agent until its legs are known; one whose attempt is closed holds nobody
  const overdue =
    attempt.late_ms > patienceMs || (!attempt.closed && (attempt.over || schedule.expectsCallbacks()));
  const slotKind = overdue ? 'overdue' : 'look';
  const giveUp = overdue ? undefined : AbortSignal.timeout(patienceMs);
  if ((await active?.goesOn(attempt, slotKind, giveUp)) === true) {
    await putOffLook(database, attempt.id, schedule.nextLookAfter(attempt.elapsed_ms, attempt.polls));
    return;
  }
  const answer = await readFromExotel(
    context,
    slotKind,
    { kind: 'details', attemptId: attempt.id },
    () => askAbout(context, attempt),
    giveUp,
  );
  if (answer === null) return;
  active?.looked(attempt, answer);
  const take = attempt.closed ? takeInLate : takeIn;
  try {
    await persistently(log, 'what a look told', () => take(context, attempt, answer));
  } catch (error) {
    // what the database refuses would be refused again, and the look is still due
    await lookAgain(context, attempt, failedGapAfter(attempt.polls));
    throw error;
  }
}

async function lookAgain({ database }: OwnerContext, { id, closed }: DueLook, ms: number): Promise<void> {
  if (closed) await lookAgainAfterClose(database, id);
  else await lookAgainAfter(database, id, ms);
}

/** Nothing but a look tells the legs of a call that is over, or closes one that is past its deadline. */
function mayWait({ over, closed, past_deadline: pastDeadline }: DueLook): boolean {
  return !over && !closed && !pastDeadline;
}

function askAbout(
  { client }: OwnerContext,
  { mode, call_sid: callSid }: DueLook,
): Promise<CallDetailsAnswer> {
  return mode === 'agents' ? client.getCallDetails(callSid) : client.getV1Call(callSid);
}

async function takeIn(context: OwnerContext, attempt: DueLook, answer: CallDetailsAnswer): Promise<void> {
  const { database, schedule } = context;
  if (answer.kind === 'details' && isOver(attempt, answer.details)) {
    await settleOver(context, attempt, answer.details);
    return;
  }
  const goesOn = answer.kind === 'details';
  if (goesOn) await noteLegs(database, attempt.id, factsOf(answer.details, attempt.mode));
  // closed only by a look that was answered after the deadline and still told no end
  if (attempt.past_deadline && (answer.kind === 'details' || answer.kind === 'not_found')) {
    await countLook(database, attempt.id);
    await settleAsUnknown(database, attempt.id, { looked: true });
    return;
  }
  await stopOnAccountError(context, answer);
  const gap =
    goesOn && !attempt.over
      ? schedule.nextLookAfter(attempt.elapsed_ms, attempt.polls)
      : failedGapAfter(attempt.polls);
  await lookAgainAfter(database, attempt.id, gap);
  if (goesOn) await noticeMissingCallbacks(context);
}

/**
 * The same for a call whose attempt closed as unknown. It holds neither an agent nor a number, so an end of which not all
 * is told waits for a look that tells it.
 */
async function takeInLate(context: OwnerContext, attempt: DueLook, answer: CallDetailsAnswer): Promise<void> {
  const { database } = context;
  if (answer.kind === 'details' && isOver(attempt, answer.details)) {
    await settleByCall(database, attempt.id, answer.details, 'poll');
  } else await stopOnAccountError(context, answer);
  await lookAgainAfterClose(database, attempt.id);
}

/** Of a call that another source told to be over, a word that nobody documented is its end. */
function isOver({ over }: DueLook, { state }: CallDetails): boolean {
  return state === 'terminal' || (over && state === 'unlisted');
}

async function settleOver(context: OwnerContext, attempt: DueLook, details: CallDetails): Promise<void> {
  const { database } = context;
  await countLook(database, attempt.id);
  const withoutLegs = attempt.looks_without_legs + 1 >= mostLooksWithoutLegs;
  const settled = await settleByCall(database, attempt.id, details, 'poll', { withoutLegs });
  if (settled === 'look_needed') {
    await askForLegsAfter(database, attempt.id, failedGapAfter(attempt.looks_without_legs));
  } else await noticeMissingCallbacks(context);
}

/** How long to wait after so many tries in a row that told nothing, in ms. */
export function failedGapAfter(tries: number): number {
  return Math.min(failedGapMs * 2 ** Math.min(tries, 10), longestFailedGapMs);
}

/** An error of the whole account stops its dialling, with Exotel's reason. */
export async function stopOnAccountError(
  context: OwnerContext,
  answer: ReadFailure | { kind: 'details' | 'not_found' },
): Promise<void> {
  if (answer.kind !== 'failed' || answer.decision !== 'pause_account') return;
  const { database, term } = context;
  const code = answer.code === null ? `HTTP ${answer.httpStatus ?? '?'}` : String(answer.code);
  const sentence = `Exotel refused to tell about a call (${code}). ${answer.advice ?? 'Look at the account and resume.'}`;
  await database.transaction(async (transaction) => {
    await lockAccount(transaction, { accountId: term.accountId });
    await pauseAccount(transaction, term.accountId, 'dialer', { code, sentence });
  });
}

/** Looks told one after another of what callbacks should have told before: the account has none. */
export async function noticeMissingCallbacks(context: OwnerContext): Promise<void> {
  const { database, term, schedule, log } = context;
  if (!schedule.expectsCallbacks()) return;
  if (!(await latestWithoutCallback(database, term.accountId, silentCalls))) return;
  await setCallbacksMissing(database, term.accountId, true);
  schedule.expectCallbacks(false);
  await bringLooksForward(database, term.accountId, schedule.firstLookAfter());
  log.warn(
    { calls: silentCalls },
    'no callbacks come; the account counts as without callbacks until one does',
  );
}
