import { DatabaseError } from 'pg';
import { lockAccount } from '../campaigns/pausing.ts';
import { isConnectionError } from '../db/connection-errors.ts';
import type { Database } from '../db/pool.ts';
import { messageOf, UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import { persistently } from './persistently.ts';
import { closeUnsentPlacing } from './request-store.ts';
import { settleByAnswer } from './settle.ts';
import { unsentVerdict } from './verdict.ts';

/**
 * Claims of this process whose commit it never heard of. They may stand in the database, and nothing of them was sent:
 * nobody else can know that, so this process says it, whoever owns the account by then.
 */
export interface UnheardClaims {
  /** Settles the attempt as unsent as soon as the database answers, if it is there. */
  add(attemptId: string): void;
  /** Resolves when each of them is settled. */
  settled(): Promise<void>;
}

export function createUnheardClaims(options: {
  database: Database;
  accountId: number;
  log: Log;
}): UnheardClaims {
  const { database, accountId, log } = options;
  const waiting = new Set<string>();
  let settling: Promise<void> | null = null;

  async function settleAll(): Promise<void> {
    // those that are added meanwhile have their turn too
    for (const attemptId of waiting) {
      try {
        await persistently(log, 'claim without a word of its commit', () =>
          settleUnheard(database, accountId, attemptId),
        );
      } catch (error) {
        log.error(
          { attempt: attemptId, reason: messageOf(error) },
          'a claim that was not sent stays unknown',
        );
      }
      waiting.delete(attemptId);
    }
    settling = null;
  }

  return {
    add(attemptId) {
      waiting.add(attemptId);
      settling ??= settleAll();
    },
    async settled() {
      await settling;
    },
  };
}

/** Whether a transaction that failed so may stand all the same: unless the server said no, or was never reached. */
export function mayBeCommitted(error: unknown): boolean {
  if (error instanceof UserError) return false;
  return !(error instanceof DatabaseError) || isConnectionError(error);
}

async function settleUnheard(database: Database, accountId: number, attemptId: string): Promise<void> {
  // a claim holds the account until it ends: once this has it, the attempt is there or never will be
  await database.transaction((transaction) => lockAccount(transaction, { accountId }));
  await closeUnsentPlacing(database, attemptId);
  const facts = { errorCode: null, errorText: 'the dialer lost the database while it claimed the contact' };
  await settleByAnswer(database, attemptId, unsentVerdict, facts, null);
}
