import type { OwnerContext } from '../dialing/owner-context.ts';
import { readFromExotel } from '../dialing/read-from-exotel.ts';
import type { SlotKind } from '../dialing/limiter.ts';
import type { CallDetailsAnswer } from '../exotel/get-call-details.ts';
import { agentCallsUnderWay, lookAtThemNow } from './active-look-store.ts';
import type { DueLook } from './look-store.ts';

/** Looks that are due, or soon, from which on one request for the list costs less than they do. */
const fewestLooks = 3;
const soonMs = 2000;
/** How long what the list told stands. */
const standsForMs = 8000;
/** A look right after the list was read shows whether the list is right; a later one does not. */
const comparableMs = 4000;
/** A call so young may not be listed yet. */
const youngMs = 10_000;
/** Looks of one call that the list spares in a row: the list may be wrong about that call for ever. */
const mostSpared = 3;

/**
 * The list of calls under way (Voice v3) spares looks at calls of mode agents: one request tells which of them go on.
 * It decides nothing else. What it does not list is looked at as if there were no list.
 */
export interface ActiveLooks {
  /** Whether the list says that the call goes on, so that its look may wait; asks for the list where that pays. */
  goesOn(call: DueLook, slotKind: SlotKind, giveUp?: AbortSignal): Promise<boolean>;
  /** What a look told that was made all the same. */
  looked(call: DueLook, answer: CallDetailsAnswer): void;
}

interface Reading {
  at: number;
  callSids: ReadonlySet<string>;
}

export function createActiveLooks(context: OwnerContext): ActiveLooks {
  const { database, term, client, schedule, activeCalls: trust, clock, log } = context;
  let latest: Reading | null = null;
  let underWay: Promise<Reading | null> | null = null;
  const sparedInRow = new Map<string, number>();
  /** what the list said of calls that are being looked at */
  const said = new Map<string, { listed: boolean; at: number }>();

  async function read(slotKind: SlotKind, giveUp?: AbortSignal): Promise<Reading | null> {
    const calls = await agentCallsUnderWay(database, term.accountId);
    if (calls.filter((call) => call.late_ms >= -soonMs).length < fewestLooks) return null;
    const answer = await readFromExotel(
      context,
      slotKind,
      { kind: 'active' },
      () => client.listActiveCalls(),
      giveUp,
    );
    if (answer === null || answer.kind === 'throttled' || answer.kind === 'unsent') return null;
    if (answer.kind === 'failed') {
      trust.refused();
      if (!trust.mayAsk()) log.info({ why: answer.why }, 'the list of calls under way is not to be had');
      return null;
    }
    const reading = { at: clock.monotonic(), callSids: new Set(answer.calls.map((call) => call.callSid)) };
    trust.answered();
    const ids = new Set(calls.map((call) => call.id));
    for (const map of [sparedInRow, said]) for (const id of map.keys()) if (!ids.has(id)) map.delete(id);
    const vanished = calls.filter(
      (call) => latest?.callSids.has(call.call_sid) === true && !reading.callSids.has(call.call_sid),
    );
    latest = reading;
    // with callbacks the next one is likelier to tell
    if (vanished.length > 0 && !schedule.expectsCallbacks()) {
      await lookAtThemNow(
        database,
        vanished.map((call) => call.id),
      );
      context.lookWake.now();
    }
    return reading;
  }

  async function recentReading(slotKind: SlotKind, giveUp?: AbortSignal): Promise<Reading | null> {
    if (latest !== null && clock.monotonic() - latest.at < standsForMs) return latest;
    underWay ??= read(slotKind, giveUp).finally(() => {
      underWay = null;
    });
    return await underWay;
  }

  return {
    async goesOn(call, slotKind, giveUp) {
      if (call.mode !== 'agents' || call.over || call.closed || call.past_deadline) return false;
      // the few looks that show what becomes of callbacks are not to be spared
      if (['none', 'tried'].includes(schedule.callbacks()) || !trust.mayAsk()) return false;
      const reading = await recentReading(slotKind, giveUp);
      if (reading === null || !trust.mayAsk()) return false;
      const listed = reading.callSids.has(call.call_sid);
      const spared = sparedInRow.get(call.id) ?? 0;
      if (listed && trust.believed() && spared < mostSpared) {
        sparedInRow.set(call.id, spared + 1);
        trust.spared();
        return true;
      }
      sparedInRow.delete(call.id);
      said.set(call.id, { listed, at: reading.at });
      return false;
    },
    looked({ id, elapsed_ms: elapsedMs }, answer) {
      const word = said.get(id);
      said.delete(id);
      if (word === undefined || answer.kind !== 'details') return;
      if (clock.monotonic() - word.at > comparableMs) return;
      const over = answer.details.state === 'terminal';
      if (over !== word.listed) trust.checked('agrees');
      else if (over) trust.checked('listed_but_over');
      else if (elapsedMs > youngMs) trust.checked('unlisted_but_on');
    },
  };
}
