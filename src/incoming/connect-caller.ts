import { lockAccount } from '../campaigns/pausing.ts';
import type { Database } from '../db/pool.ts';
import { reserveAgent } from './agent-reservation.ts';
import type { ReservedAgent } from './agent-reservation.ts';
import type { IncomingCall } from './incoming-call.ts';
import { markIncoming } from './incoming-store.ts';
import { customerNumber } from './parties.ts';

/**
 * What a Connect applet's dynamic URL answers. The field names are those of Exotel's support article 3000096873 as they
 * stand in several public clients (Exotel's own trunk guide among them); three of those answer an empty list where
 * nobody shall be rung, and the flow goes on by its branch for "nobody was dialled".
 */
export interface ConnectAnswer {
  fetch_after_attempt: false;
  destination: { numbers: string[] };
  record?: boolean;
  recording_channels?: 'single' | 'dual';
  /** seconds */
  max_ringing_duration?: number;
  /** seconds */
  max_conversation_duration?: number;
  /** where Exotel tells when the agent is being called and when they are free again */
  dial_passthru_event_url?: string;
}

export const nobody: ConnectAnswer = { fetch_after_attempt: false, destination: { numbers: [] } };

/** A caller waits meanwhile: past this, in ms, the flow had better go on without an agent. */
const longestWaitMs = 3000;

/**
 * Chooses and reserves the agent for a caller, by the stored row of the applet's request.
 * @param eventUrl where Exotel shall tell of the agent; null where this installation has no address
 */
export async function connectCaller(
  database: Database,
  { rowId, accountId }: { rowId: number; accountId: number },
  call: IncomingCall,
  eventUrl: string | null,
): Promise<ConnectAnswer> {
  const number = await customerNumber(database, accountId, call);
  const agent = await database.transaction(
    async (transaction) => {
      await lockAccount(transaction, { accountId });
      const { callSid } = call;
      const reserved = await reserveAgent(transaction, accountId, { number, callSid, rowId });
      await markIncoming(
        transaction,
        rowId,
        reserved === null
          ? { state: 'done', note: 'no agent was free', number }
          : { state: 'done', note: 'put through to an agent', number, ...reserved },
      );
      return reserved;
    },
    { statementTimeout: longestWaitMs },
  );
  return agent === null ? nobody : answerFor(agent, eventUrl);
}

function answerFor({ phone, call }: ReservedAgent, eventUrl: string | null): ConnectAnswer {
  return {
    fetch_after_attempt: false,
    destination: { numbers: [phone] },
    record: call.recording,
    recording_channels: call.recordingChannels,
    max_ringing_duration: call.ringSeconds,
    max_conversation_duration: call.maxSeconds,
    ...(eventUrl !== null && { dial_passthru_event_url: eventUrl }),
  };
}
