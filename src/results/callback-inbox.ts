import { z } from 'zod';
import { lockAttempt, lookWithin, noFacts, noteFacts, wakeOwner } from '../dialing/attempt-store.ts';
import { factsOf } from '../dialing/call-facts.ts';
import { stopOnUnknownAttempt } from '../dialing/rewind-guard.ts';
import { noteEndOfCall, settleByCall } from '../dialing/settle.ts';
import type { Database } from '../db/pool.ts';
import { isConnectionError } from '../db/connection-errors.ts';
import { lastingRefusal } from '../db/refusals.ts';
import { messageOf } from '../errors.ts';
import { parseCallback } from '../exotel/callback-body.ts';
import type { ParsedCallback } from '../exotel/callback-body.ts';
import type { Log } from '../log.ts';
import type { CallbackAddress } from './callback-address.ts';
import { setCallbacksMissing } from './callback-record-store.ts';

/** A callback as it came in, its address already verified. */
export interface ReceivedCallback {
  address: CallbackAddress;
  contentType: string | undefined;
  query: Record<string, unknown>;
  body: Buffer;
}

type CallbackState = 'settled' | 'noted' | 'contradicts' | 'unmatched' | 'malformed';

/** Stores callbacks as they come and settles what they tell, by any process that receives them. */
export interface CallbackInbox {
  /** Stores a callback; once this resolves it cannot be lost. */
  receive(callback: ReceivedCallback): Promise<void>;
  /**
   * Settles each second what waits: what could not be settled at once, and what a server that is gone has stored.
   */
  start(): void;
  /** Ends the looking and waits for those that are being settled; a long line behind them is another process's. */
  close(): Promise<void>;
}

const batch = 100;
const lookEveryMs = 1000;
/** From the first callback of a call that no answer told of to the look at it. */
const firstLookMs = 20_000;
/** So many that cannot be settled one after another, and it is the database rather than they. */
const mostInARow = 10;
const queryShape = z.record(z.string(), z.unknown());

/** @param options `timeZones`: the zone of the naive times of each account, by its id; Indian time for the others */
export function createCallbackInbox(options: {
  database: Database;
  log: Log;
  timeZones?: ReadonlyMap<number, string>;
}): CallbackInbox {
  const { database, log, timeZones } = options;
  let running: Promise<void> | null = null;
  let again = false;
  let closed = false;
  let looking: NodeJS.Timeout | null = null;
  let retry: NodeJS.Timeout | null = null;

  /** One that must wait (somebody holds its contact) does not keep those behind it waiting, unless all of them must. */
  async function settleWaiting(): Promise<void> {
    let failed: { error: unknown } | null = null;
    let inARow = 0;
    for (let after = 0; ;) {
      const waiting = await database.query<StoredCallback>(
        `select id, account_id, attempt_id, issued_at, content_type, query, body from callbacks
         where state = 'received' and id > $2 order by id limit $1`,
        [batch, after],
      );
      for (const callback of waiting.rows) {
        try {
          await settleOrMark(callback);
          inARow = 0;
        } catch (error) {
          inARow += 1;
          if (isConnectionError(error) || inARow === mostInARow) throw error;
          failed = { error };
        }
      }
      if (waiting.rows.length < batch || closed) break;
      after = waiting.rows.at(-1)?.id ?? after;
    }
    if (failed !== null) throw failed.error;
  }

  /** A callback that would be refused for ever is marked, so that it never stands before the others. */
  async function settleOrMark(callback: StoredCallback): Promise<void> {
    try {
      await process(database, callback, timeZones?.get(callback.account_id));
    } catch (error) {
      const refusal = lastingRefusal(error);
      if (refusal === null) throw error;
      log.warn({ callback: callback.id, reason: messageOf(error) }, 'a callback could not be settled');
      const state = refusal === 'constraint' ? 'contradicts' : 'malformed';
      await markProcessed(database, callback.id, state, `could not be stored: ${messageOf(error)}`);
    }
  }

  /** One run at a time; a callback that comes meanwhile has it run once more. */
  function settleSoon(): void {
    if (closed) return;
    if (retry !== null) clearTimeout(retry);
    retry = null;
    again = true;
    running ??= (async () => {
      while (again) {
        again = false;
        await settleWaiting();
      }
    })()
      .catch((error: unknown) => {
        log.warn({ reason: messageOf(error) }, 'callbacks wait to be settled');
        if (!closed) retry = setTimeout(settleSoon, lookEveryMs);
      })
      .finally(() => {
        running = null;
      });
  }

  return {
    async receive(callback) {
      await database.query(
        `insert into callbacks (account_id, attempt_id, issued_at, content_type, query, body)
         values ($1, $2, $3, $4, $5, $6)`,
        [
          callback.address.accountId,
          callback.address.attemptId,
          callback.address.issuedAt,
          callback.contentType ?? null,
          JSON.stringify(callback.query),
          callback.body,
        ],
      );
      settleSoon();
    },
    start() {
      looking ??= setInterval(settleSoon, lookEveryMs);
    },
    async close() {
      closed = true;
      again = false;
      if (looking !== null) clearInterval(looking);
      if (retry !== null) clearTimeout(retry);
      await running;
    },
  };
}

interface StoredCallback {
  id: number;
  account_id: number;
  attempt_id: string;
  issued_at: Date;
  content_type: string | null;
  query: string;
  body: Buffer;
}

async function process(
  database: Database,
  callback: StoredCallback,
  timeZone: string | undefined,
): Promise<void> {
  const parsed = parseCallback(
    callback.content_type ?? undefined,
    callback.body,
    queryShape.parse(JSON.parse(callback.query)),
    timeZone,
  );
  const { state, note } =
    parsed.kind === 'malformed'
      ? { state: 'malformed' as const, note: parsed.why }
      : await applyCallback(database, addressOf(callback), parsed);
  await markProcessed(database, callback.id, state, note);
}

async function markProcessed(
  database: Database,
  id: number,
  state: CallbackState,
  note: string | null,
): Promise<void> {
  await database.query(
    `update callbacks set state = $2, note = $3, processed_at = dialer_now() where id = $1 and state = 'received'`,
    [id, state, note],
  );
}

function addressOf(callback: StoredCallback): CallbackAddress {
  return { accountId: callback.account_id, attemptId: callback.attempt_id, issuedAt: callback.issued_at };
}

async function applyCallback(
  database: Database,
  address: CallbackAddress,
  callback: Extract<ParsedCallback, { kind: 'callback' }>,
): Promise<{ state: CallbackState; note: string | null }> {
  const noted = await noteEvent(database, address, callback);
  if (noted !== 'noted') return { state: noted, note: noteOf(noted) };
  await setCallbacksMissing(database, address.accountId, false);
  const { eventType, details } = callback;
  if (eventType !== 'terminal' && details.state !== 'terminal') return { state: 'noted', note: null };
  // an event named for the end of a call whose details tell of none proves only that there is something to look at
  const settled =
    details.state === 'terminal'
      ? await settleByCall(database, address.attemptId, details, 'callback')
      : await noteEndOfCall(database, address.attemptId, details);
  switch (settled) {
    case 'settled':
      return { state: 'settled', note: null };
    case 'already':
    case 'look_needed':
      return { state: 'noted', note: null };
    case 'contradicts':
      return { state: 'contradicts', note: noteOf('contradicts') };
    case 'not_found':
      return { state: 'unmatched', note: noteOf('unmatched') };
  }
}

/**
 * Takes in what any event of an attempt tells: that it has a call, whatever became of the answer to placing, and which
 * leg answered. A callback for another call than the one we know is left alone; the call's own look decides.
 */
async function noteEvent(
  database: Database,
  address: CallbackAddress,
  { details, eventType }: Extract<ParsedCallback, { kind: 'callback' }>,
): Promise<'noted' | 'contradicts' | 'unmatched'> {
  const { attemptId } = address;
  return await database.transaction(async (transaction) => {
    const attempt = await lockAttempt(transaction, attemptId);
    if (attempt === null) {
      await stopOnUnknownAttempt(transaction, address.accountId, address.issuedAt);
      return 'unmatched';
    }
    // words of v1 about a call that v2 placed, or the other way round: whatever it is, it is not about this one
    if ((details.api === 'ccm') !== (attempt.mode === 'agents')) return 'contradicts';
    if (attempt.call_sid !== null && attempt.call_sid !== details.callSid) {
      await lookWithin(transaction, attemptId, 0);
      return 'contradicts';
    }
    const answered = eventType === 'answered';
    const { agentLegStatus, customerLegStatus } = factsOf(details, attempt.mode);
    const customer = answered && customerLegStatus === 'in-progress';
    await transaction.query(
      `update attempts set first_callback_at = coalesce(first_callback_at, dialer_now()),
         call_sid = coalesce(call_sid, $2), placed_at = coalesce(placed_at, dialer_now()),
         state = case when state in ('placing', 'unknown') then 'placed' else state end,
         next_poll_at = case when state in ('placing', 'unknown') then dialer_now() + $3 * interval '1 ms' else next_poll_at end
       where id = $1`,
      [attemptId, details.callSid, firstLookMs],
    );
    await noteFacts(transaction, attemptId, {
      ...noFacts,
      agentLegStatus: attempt.state === 'settled' ? null : agentLegStatus,
      customerLegStatus: attempt.state === 'settled' ? null : customerLegStatus,
      agentAnsweredAt: answered && attempt.mode !== 'flow' ? attempt.now : null,
      customerAnsweredAt: customer ? attempt.now : null,
    });
    // the callback of its end may be lost, or follow right away
    if (attempt.outcome === 'unknown') await lookWithin(transaction, attemptId, firstLookMs);
    if (attempt.state === 'unknown') await wakeOwner(transaction, attempt.account_id);
    return 'noted';
  });
}

function noteOf(state: 'contradicts' | 'unmatched'): string {
  return state === 'unmatched'
    ? 'no attempt has this id'
    : 'tells of another call or another end than the one that is known';
}
