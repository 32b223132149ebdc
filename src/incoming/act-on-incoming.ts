import { z } from 'zod';
import { parsePhoneNumber } from '../contacts/phone-number.ts';
import { sharedRegion } from '../contacts/suppression-scope.ts';
import type { Database, Transaction } from '../db/pool.ts';
import { wakeOwner } from '../dialing/attempt-store.ts';
import { holdAgent, releaseAgent } from './agent-reservation.ts';
import { readIncomingCall } from './incoming-call.ts';
import type { IncomingCall } from './incoming-call.ts';
import { lockWaitingRow, markIncoming } from './incoming-store.ts';
import type { IncomingEnd, IncomingRow } from './incoming-store.ts';
import { optOut } from './opt-out.ts';
import { attemptOfCall, customerNumber, latestAttemptTo } from './parties.ts';
import { withdrawWaiting } from './withdraw-waiting.ts';

const queryShape = z.record(z.string(), z.unknown());

/** Does what a stored request of an applet asks for and says so in its row, in one transaction and once. */
export async function actOnIncoming(database: Database, id: number): Promise<void> {
  await database.transaction(async (transaction) => {
    const row = await lockWaitingRow(transaction, id);
    if (row === null) return;
    const query = queryShape.parse(JSON.parse(row.query));
    const call = await readIncomingCall({ contentType: row.content_type, query, body: row.body });
    await markIncoming(transaction, id, await act(transaction, row, call));
  });
}

async function act(transaction: Transaction, row: IncomingRow, call: IncomingCall): Promise<IncomingEnd> {
  switch (row.purpose) {
    case 'passthru':
      return await passthru(transaction, row.account_id, call);
    case 'opt_out':
      return await optOutBranch(transaction, row.account_id, call);
    case 'agent_event':
      return await agentEvent(transaction, row.account_id, call);
    case 'connect':
      return { state: 'done', note: 'no agent was named in time' };
  }
}

const noNumber = 'tells neither a call of ours nor a number that can be read';

async function passthru(
  transaction: Transaction,
  accountId: number,
  call: IncomingCall,
): Promise<IncomingEnd> {
  const attempt = await attemptOfCall(transaction, accountId, call);
  const number = attempt?.number ?? (await customerNumber(transaction, accountId, call));
  if (number === null) return { state: 'malformed', note: noNumber };
  // in a call of ours nobody calls back, and in a menu for callers a key means what that menu says
  if (attempt === null && call.direction !== 'outbound') {
    const withdrawn = await withdrawWaiting(transaction, accountId, number);
    return { state: 'done', note: `contacts withdrawn: ${withdrawn}`, number };
  }
  const ours = attempt ?? (await latestAttemptTo(transaction, accountId, number));
  if (call.digits === null || call.digits !== ours?.optOutDigit) {
    return { state: 'done', note: 'a step in a call of ours', number };
  }
  await optOut(transaction, accountId, number, { digits: call.digits, attempt: ours });
  return { state: 'done', note: 'opted out', number };
}

/** Here the branch of the flow itself says no, whatever key led to it. */
async function optOutBranch(
  transaction: Transaction,
  accountId: number,
  call: IncomingCall,
): Promise<IncomingEnd> {
  const attempt = await attemptOfCall(transaction, accountId, call);
  const number = attempt?.number ?? (await customerNumber(transaction, accountId, call));
  if (number === null) return { state: 'malformed', note: `${noNumber}: nobody was suppressed` };
  await optOut(transaction, accountId, number, { digits: call.digits, attempt });
  return { state: 'done', note: 'opted out', number };
}

async function agentEvent(
  transaction: Transaction,
  accountId: number,
  { callSid, agentStatus, agentNumber }: IncomingCall,
): Promise<IncomingEnd> {
  if (callSid === null || agentStatus === null) {
    return { state: 'malformed', note: 'tells no call, or not whether the agent is busy or free' };
  }
  const phone = await phoneOf(transaction, accountId, agentNumber);
  if (agentStatus === 'busy') {
    const held = await holdAgent(transaction, accountId, callSid, phone);
    return { state: 'done', note: held ? 'the agent is being called' : notReserved };
  }
  const released = await releaseAgent(transaction, accountId, callSid, phone);
  if (released) await wakeOwner(transaction, accountId);
  return { state: 'done', note: released ? 'the agent is free again' : notReserved };
}

const notReserved = 'no agent is reserved for this call';

async function phoneOf(
  transaction: Transaction,
  accountId: number,
  given: string | null,
): Promise<string | null> {
  if (given === null) return null;
  const reading = parsePhoneNumber(given, await sharedRegion(transaction, accountId));
  return 'number' in reading ? reading.number : null;
}
