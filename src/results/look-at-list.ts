import type { OwnerContext } from '../dialing/owner-context.ts';
import { persistently } from '../dialing/persistently.ts';
import { readFromExotel } from '../dialing/read-from-exotel.ts';
import { settleByCall } from '../dialing/settle.ts';
import type { CallDetails } from '../exotel/call-details.ts';
import type { CallListAnswer } from '../exotel/list-v1-calls.ts';
import type { SlotKind } from '../dialing/limiter.ts';
import { failedGapAfter, lookAtCall, noticeMissingCallbacks, stopOnAccountError } from './look-at-call.ts';
import { callsByList, lookAgainAfterEach, putOffLook } from './look-store.ts';
import type { ListedLook } from './look-store.ts';
import { callsInList } from './poll-schedule.ts';

/** Rounds in a row that brought nothing, after which calls are looked at one by one. */
const roundsBeforeSingles = 3;
/** Pages read of one answer: by SIDs there should be one. */
const mostPages = 3;
/** A call falls due a little before the round that it is for. */
const aheadMs = 500;

/** Looks up calls of Voice v1 by its list of ended calls, up to a hundred in a request. */
export interface ListLooks {
  /** Holds a round when one is due; settles the calls to a flow, and has those of agents looked at for their legs. */
  round(): Promise<void>;
  /** Whether the list keeps failing, so that its calls are to be looked at one by one. */
  failing(): boolean;
}

export function createListLooks(context: OwnerContext): ListLooks {
  const { database, term, schedule } = context;
  let lastRoundAt = -Infinity;
  let failures = 0;

  async function askAbout(batch: readonly ListedLook[], gapMs: number): Promise<void> {
    const [only] = batch;
    // of a single call its own look tells more, for the same price
    if (batch.length === 1 && only !== undefined) {
      await lookAtCall(context, only);
      return;
    }
    const calls = await readList(
      context,
      'overdue',
      'calls',
      batch.map((one) => one.call_sid),
    );
    if (calls === 'no_slot') return;
    failures = calls === 'failed' ? failures + 1 : 0;
    if (calls === 'failed') return;
    await settleListed(context, batch, calls);
    const over = new Set(calls.map((call) => call.callSid));
    await lookAgainAfterEach(
      database,
      batch
        .filter((one) => !over.has(one.call_sid))
        .map((one) => ({ id: one.id, ms: againAfter(context, one, gapMs) })),
    );
  }

  /**
   * Those whose look is made now; the others are put off. Until callbacks are known to come in time none is: the list
   * tells of a hundred calls for the price of one, and so soon whether callbacks come.
   */
  async function withoutPutOff(calls: ListedLook[]): Promise<ListedLook[]> {
    if (schedule.callbacks() !== 'trusted') return calls;
    const kept: ListedLook[] = [];
    for (const call of calls) {
      const ms = schedule.putOff({ elapsed: call.elapsed_ms, looks: call.polls, heard: call.heard });
      if (ms === 0) kept.push(call);
      else await putOffLook(database, call.id, ms);
    }
    return kept;
  }

  return {
    failing: () => failures >= roundsBeforeSingles,
    async round() {
      const calls = await callsByList(database, term.accountId);
      const fallenDue = calls.filter((one) => one.late_ms >= 0);
      const now = fallenDue[0]?.now_ms;
      if (now === undefined) return;
      const gapMs = schedule.listGap(calls.length);
      const waitMs = failures > 0 ? failedGapAfter(failures - 1) : gapMs;
      // a clock that was set back must not stop the looking
      if (now >= lastRoundAt && now - lastRoundAt < waitMs) return;
      lastRoundAt = now;
      const due = await withoutPutOff(fallenDue);
      if (due.length === 0) return;
      const asked = schedule.callbacks() === 'trusted' ? due : calls.slice(0, filledUp(due.length));
      await Promise.all(batches(asked).map((batch) => askAbout(batch, gapMs)));
    },
  };
}

/**
 * What v1's list tells of calls by their SIDs: those that are over. Those under way are not in it.
 * @returns `no_slot` when the term ended before there was one
 */
export async function readList(
  context: OwnerContext,
  slotKind: SlotKind,
  kind: 'calls' | 'recordings' | 'lengths',
  sids: readonly string[],
): Promise<CallDetails[] | 'failed' | 'no_slot'> {
  const calls: CallDetails[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < mostPages; page += 1) {
    const after: string | null = cursor;
    const answer: CallListAnswer | null = await readFromExotel(context, slotKind, { kind }, () =>
      context.client.listV1Calls({ sids, cursor: after }),
    );
    if (answer === null) return 'no_slot';
    if (answer.kind !== 'calls') {
      context.log.info({ answer: answer.kind, calls: sids.length }, 'the list of calls could not be read');
      await stopOnAccountError(context, answer);
      return 'failed';
    }
    calls.push(...answer.calls.filter((call) => call.state !== 'active'));
    cursor = answer.next;
    if (cursor === null) break;
  }
  return calls;
}

async function settleListed(
  context: OwnerContext,
  asked: readonly ListedLook[],
  calls: readonly CallDetails[],
): Promise<void> {
  const { database, log } = context;
  const attempts = new Map(asked.map((one) => [one.call_sid, one.id]));
  let settled = false;
  for (const call of calls) {
    const id = attempts.get(call.callSid);
    if (id === undefined) continue;
    const result = await persistently(log, 'what the list told', () =>
      settleByCall(database, id, call, 'poll'),
    );
    settled ||= result === 'settled';
  }
  // those whose legs are needed have a look of their own due now
  context.lookWake.now();
  if (settled) await noticeMissingCallbacks(context);
}

function againAfter({ schedule }: OwnerContext, call: ListedLook, gapMs: number): number {
  if (schedule.callbacks() !== 'trusted') return gapMs - aheadMs;
  return schedule.nextLookAfter(call.elapsed_ms, call.polls);
}

/** The places of the last request that are left tell of calls before their time, for nothing. */
function filledUp(due: number): number {
  return Math.ceil(due / callsInList) * callsInList;
}

function batches<Item>(items: readonly Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / callsInList) }, (_, index) =>
    items.slice(index * callsInList, (index + 1) * callsInList),
  );
}
