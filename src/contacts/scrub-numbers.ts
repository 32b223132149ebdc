import type { OwnerContext } from '../dialing/owner-context.ts';
import { readFromExotel } from '../dialing/read-from-exotel.ts';
import { createWake } from '../dialing/wake.ts';
import { messageOf } from '../errors.ts';
import { hasMetadata } from '../exotel/number-metadata.ts';
import { createScrubCourse } from './scrub-course.ts';
import type { ScrubCourse } from './scrub-course.ts';
import {
  applyMetadata,
  campaignsToScrub,
  storeMetadata,
  storeUnavailable,
  tellScrubProblem,
  unclearedContacts,
} from './scrub-store.ts';
import type { ScrubbedCampaign, UnclearedContact } from './scrub-store.ts';

const idleMs = 2000;
/** After this long the lines are begun anew from their front: contacts may have come in there. */
const roundMs = 60_000;
const contactsAtOnce = 40;
/** Requests under way: an answer may take a second, and the limit allows three a second. */
const mostUnderWay = 6;

/**
 * Clears the numbers of campaigns with a scrub, one request a number, until the term ends. It takes what placing and
 * looks leave of the account's limit, evenly: taken in a burst, the minute's slots would be missing to a call that
 * falls due.
 */
export async function scrubNumbers(context: OwnerContext): Promise<void> {
  const { term, clock, log } = context;
  const pause = createWake();
  const course = createScrubCourse(clock);
  while (!term.signal.aborted) {
    const began = clock.monotonic();
    let found = false;
    try {
      found = await round(context, course);
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'numbers could not be cleared and are tried again');
    }
    // looking through a long line of cleared contacts takes its time too, and need not be done all the time
    if (!found) await pause.sleep(Math.max(idleMs, 10 * (clock.monotonic() - began)), term.signal);
  }
}

/** Some contacts of each campaign in turn, for a minute. */
async function round(context: OwnerContext, course: ScrubCourse): Promise<boolean> {
  const { database, term, clock } = context;
  const campaigns = await campaignsToScrub(database, term.accountId);
  let lines = campaigns.map((campaign) => ({
    campaign,
    contacts: unclearedContacts(database, campaign, contactsAtOnce),
  }));
  const until = clock.monotonic() + roundMs;
  let found = false;
  while (lines.length > 0 && clock.monotonic() < until) {
    const going: typeof lines = [];
    for (const line of lines) {
      const next = await line.contacts.next();
      if (term.signal.aborted) return found;
      if (next.done === true) continue;
      if (await clear(context, course, line.campaign, next.value)) found = true;
      going.push(line);
    }
    lines = going;
  }
  return found;
}

/** @returns whether anything could be done about these contacts */
async function clear(
  context: OwnerContext,
  course: ScrubCourse,
  campaign: ScrubbedCampaign,
  contacts: readonly UnclearedContact[],
): Promise<boolean> {
  const { database, wake } = context;
  const unknown = new Set(contacts.filter(({ dnd }) => dnd === null).map(({ number }) => number));
  const foreign = [...unknown].filter((number) => !hasMetadata(number));
  await storeUnavailable(database, foreign);
  const asked = [...unknown].filter((number) => hasMetadata(number) && course.mayAsk(number));
  await askAll(context, course, campaign, asked);
  const ids = contacts.map(({ id }) => id);
  const { suppressed, held } = await applyMetadata(database, campaign, ids);
  wake.now();
  return asked.length + foreign.length + suppressed + held > 0;
}

async function askAll(
  context: OwnerContext,
  course: ScrubCourse,
  { requestsPerMinute }: ScrubbedCampaign,
  numbers: readonly string[],
): Promise<void> {
  const { term, windowMs } = context;
  const pause = createWake();
  const underWay = new Set<Promise<void>>();
  try {
    for (const number of numbers) {
      await pause.sleep(Math.max(windowMs / requestsPerMinute, course.waitMs()), term.signal);
      if (underWay.size >= mostUnderWay) await Promise.race(underWay);
      if (term.signal.aborted) return;
      const asking = ask(context, course, number).finally(() => underWay.delete(asking));
      underWay.add(asking);
    }
  } finally {
    await Promise.all(underWay);
  }
}

async function ask(context: OwnerContext, course: ScrubCourse, number: string): Promise<void> {
  const { database, term, client, wake, log } = context;
  try {
    const answer = await readFromExotel(context, 'late', { kind: 'numbers' }, () => client.getNumber(number));
    if (answer === null) return;
    const { keep, problem } = course.answered(number, answer);
    if (keep !== null) await storeMetadata(database, term.accountId, number, keep);
    if (keep?.dnd === 'no') wake.now();
    if (problem !== undefined) await tellScrubProblem(database, term.accountId, problem);
  } catch (error) {
    log.warn(
      { reason: messageOf(error) },
      'what is known of a number could not be stored, it is asked for again',
    );
  }
}
