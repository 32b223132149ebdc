import { lockAccount, pauseAccount } from '../campaigns/pausing.ts';
import type { OwnerContext } from '../dialing/owner-context.ts';
import { persistently } from '../dialing/persistently.ts';
import { readFromExotel } from '../dialing/read-from-exotel.ts';
import { factsOf, settleAsUnknown, settleByCall } from '../dialing/settle.ts';
import { noteLegs } from '../dialing/attempt-store.ts';
import type { CallDetailsAnswer } from '../exotel/get-call-details.ts';
import {
  bringLooksForward,
  countLook,
  dueLooks,
  latestWithoutCallback,
  lookAgainAfter,
  recentLengths,
  setCallbacksMissing,
} from './look-store.ts';
import type { DueLook } from './look-store.ts';

const sweepMs = 250;
const learnEveryMs = 5000;
const mostAtOnce = 100;
/** An ordinary look that waited this long for its turn goes before placing. */
const patienceMs = 10_000;
const failedGapMs = 5000;
const longestFailedGapMs = 60_000;
/** Calls in a row that brought no callback, after which callbacks count as missing. */
const silentCalls = 5;

/** Looks at calls whose end no callback has told, until the term ends. */
export async function collect(context: OwnerContext): Promise<void> {
  const { database, term, clock, schedule } = context;
  const underWay = new Map<string, Promise<void>>();
  let learnedAt = -Infinity;
  try {
    while (!term.signal.aborted) {
      if (clock.monotonic() - learnedAt > learnEveryMs) {
        learnedAt = clock.monotonic();
        schedule.learn(await recentLengths(database, term.accountId));
      }
      const due = await dueLooks(database, term.accountId, mostAtOnce + underWay.size);
      for (const attempt of due.filter((one) => !underWay.has(one.id)).slice(0, mostAtOnce)) {
        const looking = look(context, attempt)
          .catch((error: unknown) => {
            context.log.warn({ attempt: attempt.id, error }, 'a look at a call failed');
          })
          .finally(() => underWay.delete(attempt.id));
        underWay.set(attempt.id, looking);
      }
      await context.lookWake.sleep(sweepMs, term.signal);
    }
  } finally {
    await Promise.all(underWay.values());
  }
}

async function look(context: OwnerContext, attempt: DueLook): Promise<void> {
  const { database, client, log, schedule } = context;
  const overdue = attempt.late_ms > patienceMs || context.schedule.expectsCallbacks();
  const answer = await readFromExotel(
    context,
    overdue ? 'overdue' : 'look',
    { kind: 'details', attemptId: attempt.id },
    () => client.getCallDetails(attempt.call_sid),
    overdue ? undefined : AbortSignal.timeout(patienceMs),
  );
  if (answer === null) return;
  await persistently(log, 'what a look told', async () => {
    if (answer.kind === 'details' && answer.details.state === 'terminal') {
      await countLook(database, attempt.id);
      await settleByCall(database, attempt.id, answer.details, 'poll');
      await noticeMissingCallbacks(context);
      return;
    }
    if (answer.kind === 'details') await noteLegs(database, attempt.id, factsOf(answer.details));
    // closed only by a look that was answered after the deadline and still told no end
    if (attempt.past_deadline && (answer.kind === 'details' || answer.kind === 'not_found')) {
      await countLook(database, attempt.id);
      await settleAsUnknown(database, attempt.id);
      return;
    }
    await stopOnAccountError(context, answer);
    const gap =
      answer.kind === 'details'
        ? schedule.nextLookAfter(attempt.elapsed_ms, attempt.polls)
        : Math.min(failedGapMs * 2 ** Math.min(attempt.polls, 10), longestFailedGapMs);
    await lookAgainAfter(database, attempt.id, gap);
  });
}

async function stopOnAccountError(context: OwnerContext, answer: CallDetailsAnswer): Promise<void> {
  if (answer.kind !== 'failed' || answer.decision !== 'pause_account') return;
  const { database, term } = context;
  const code = answer.code === null ? `HTTP ${answer.httpStatus ?? '?'}` : String(answer.code);
  const sentence = `Exotel refused to tell about a call (${code}). ${answer.advice ?? 'Look at the account and resume.'}`;
  await database.transaction(async (transaction) => {
    await lockAccount(transaction, { accountId: term.accountId });
    await pauseAccount(transaction, term.accountId, 'dialer', { code, sentence });
  });
}

async function noticeMissingCallbacks(context: OwnerContext): Promise<void> {
  const { database, term, schedule, log } = context;
  if (!context.schedule.expectsCallbacks()) return;
  if (!(await latestWithoutCallback(database, term.accountId, silentCalls))) return;
  await setCallbacksMissing(database, term.accountId, true);
  schedule.expectCallbacks(false);
  await bringLooksForward(database, term.accountId, schedule.firstLookAfter());
  log.warn(
    { calls: silentCalls },
    'no callbacks come; the account counts as without callbacks until one does',
  );
}
