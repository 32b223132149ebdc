import { factsOf } from '../dialing/call-facts.ts';
import type { OwnerContext } from '../dialing/owner-context.ts';
import { persistently } from '../dialing/persistently.ts';
import { readFromExotel } from '../dialing/read-from-exotel.ts';
import type { CallDetails } from '../exotel/call-details.ts';
import { dueLateLooks, lookLateAgain, noteLateFacts } from './late-look-store.ts';
import type { DueLateLook, LateFacts } from './late-look-store.ts';
import { readList } from './look-at-list.ts';
import { callsInList } from './poll-schedule.ts';

/** How long a late look of v1 waits for others to share its request. */
const gatherMs = 20_000;
const failedGapMs = 60_000;
/** An address that stops working sooner is worth nothing in a report. */
const shortestValidityMs = 24 * 60 * 60 * 1000;

/** What a late look brought; `nothing`: Exotel answered and has no more; `not_asked`: it did not count. */
type LateAnswer = LateFacts | 'nothing' | 'not_asked';

/**
 * Looks once more at calls that connected and whose recording, or length, did not come with their end. Nothing hangs
 * on it, so it takes what no other request wants; it never changes what a call came to.
 */
export async function lookForLateFacts(context: OwnerContext): Promise<void> {
  const { database, term } = context;
  const due = await dueLateLooks(database, term.accountId, callsInList);
  const listed = due.filter(({ mode }) => mode !== 'agents');
  if (listed.length >= callsInList || listed.some(({ late_ms: late }) => late >= gatherMs)) {
    await lookAtListed(context, listed);
  }
  for (const look of due.filter(({ mode }) => mode === 'agents')) {
    if (term.signal.aborted) return;
    await takeIn(context, look, await askAbout(context, look));
  }
}

/** The list of Voice v1 tells of recordings and of the length of calls, a hundred at once. */
async function lookAtListed(context: OwnerContext, looks: readonly DueLateLook[]): Promise<void> {
  const sids = looks.map((look) => look.call_sid);
  const kind = looks.some((look) => look.talk_missing) ? 'lengths' : 'recordings';
  const calls = await readList(context, 'late', kind, sids);
  for (const look of looks) {
    const call = Array.isArray(calls) ? calls.find(({ callSid }) => callSid === look.call_sid) : undefined;
    const nothing = Array.isArray(calls) ? 'nothing' : 'not_asked';
    await takeIn(context, look, call === undefined ? nothing : lateFactsOf(look, call));
  }
}

/** The call's details, and the second time, where v3 is asked, the voice log that it keeps of recordings. */
async function askAbout(context: OwnerContext, look: DueLateLook): Promise<LateAnswer> {
  const { client, callDetails } = context;
  if (callDetails === 'v3' && look.late_looks > 0) return await askVoiceLog(context, look);
  const request = { kind: 'recordings', attemptId: look.id } as const;
  const answer = await readFromExotel(context, 'late', request, () => client.getCallDetails(look.call_sid));
  if (answer === null || answer.kind === 'throttled' || answer.kind === 'unsent') return 'not_asked';
  return answer.kind === 'details' ? factsOf(answer.details, look.mode) : 'nothing';
}

/** This look is the last: while it is not known which of two hosts keeps voice logs, both are asked. */
async function askVoiceLog(context: OwnerContext, look: DueLateLook): Promise<LateAnswer> {
  const { client, clock } = context;
  const request = { kind: 'recordings', attemptId: look.id } as const;
  for (let hosts = 0; hosts < 2; hosts += 1) {
    const known = client.knowsHostOfVoiceLogs();
    const answer = await readFromExotel(context, 'late', request, () => client.getVoiceLog(look.call_sid));
    if (answer === null || answer.kind === 'throttled' || answer.kind === 'unsent') return 'not_asked';
    if (answer.kind === 'voice_log') {
      const { recordingUrl, expiresAt } = answer;
      const lasts = expiresAt === null || expiresAt.getTime() - clock.now() > shortestValidityMs;
      return lasts && recordingUrl !== null ? { recordingUrl, talkSeconds: null } : 'nothing';
    }
    if (known) break;
  }
  return 'nothing';
}

/** Where Exotel has filled in no length to the last, that from the start to the end of the call is taken. */
function lateFactsOf({ mode, late_looks: looks }: DueLateLook, details: CallDetails): LateFacts {
  const { recordingUrl, talkSeconds } = factsOf(details, mode);
  const length = mode === 'flow' && looks > 0 ? details.durationSeconds : null;
  return { recordingUrl, talkSeconds: talkSeconds ?? (length === null ? null : Math.round(length)) };
}

async function takeIn(context: OwnerContext, look: DueLateLook, answer: LateAnswer): Promise<void> {
  const { database, log } = context;
  await persistently(log, 'what a late look told', async () => {
    if (answer === 'not_asked') await lookLateAgain(database, look.id, failedGapMs);
    else await noteLateFacts(database, look.id, answer === 'nothing' ? noLateFacts : answer);
  });
}

const noLateFacts: LateFacts = { recordingUrl: null, talkSeconds: null };
