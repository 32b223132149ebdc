import { suppressWithin } from '../contacts/suppress-numbers.ts';
import type { Transaction } from '../db/pool.ts';
import type { CalledAttempt } from './parties.ts';

/**
 * Suppresses the number of a customer who opted out by a key, in the whole account and for good: once the
 * transaction committed no claim to it can, and its contacts that wait are out of the line of every campaign.
 * @param how the keys that were pressed, and the call of ours in which they were, where it is one
 */
export async function optOut(
  transaction: Transaction,
  accountId: number,
  number: string,
  { digits, attempt }: { digits: string | null; attempt: CalledAttempt | null },
): Promise<void> {
  const keys = /^[0-9*#]{1,20}$/.test(digits ?? '') ? `pressed ${digits}` : 'opted out';
  const where = attempt === null ? 'in a call flow' : `in a call of ${attempt.campaign}`;
  await suppressWithin(transaction, { accountId, campaignId: null }, [number], {
    source: 'dtmf_opt_out',
    reason: `${keys} ${where}`,
    expiresAt: null,
    actor: 'customer',
  });
}
