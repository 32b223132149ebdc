import type { Transaction } from '../db/pool.ts';
import { UserError } from '../errors.ts';
import type { ListedAgent } from './agent-list.ts';

/**
 * Makes the agents of a list agents of the account, where they are not yet, and joins them to a campaign. An agent known
 * by either name gains the other; one who is known by both names as two different people stops the import.
 */
export async function enrollAgents(
  transaction: Transaction,
  accountId: number,
  campaignId: number,
  agents: readonly ListedAgent[],
): Promise<void> {
  for (const agent of agents) {
    const id = await enrollAgent(transaction, accountId, agent);
    await transaction.query(
      'insert into campaign_agents (campaign_id, agent_id) values ($1, $2) on conflict do nothing',
      [campaignId, id],
    );
  }
}

async function enrollAgent(transaction: Transaction, accountId: number, agent: ListedAgent): Promise<number> {
  for (let tries = 1; tries <= mostTries; tries += 1) {
    const id = await knownOrNew(transaction, accountId, agent);
    if (id !== null) return id;
  }
  throw new UserError(
    `the agent ${agent.userId ?? agent.contactUri ?? ''} is being changed just now: try again`,
  );
}

const mostTries = 3;

/** Null when the row that bears one of the names came or went just now, as when two rows become one. */
async function knownOrNew(
  transaction: Transaction,
  accountId: number,
  agent: ListedAgent,
): Promise<number | null> {
  const known = await transaction.query<{ id: number }>(
    `select id from agents where account_id = $1 and (user_id = $2 or contact_uri = $3) order by id for update`,
    [accountId, agent.userId, agent.contactUri],
  );
  if (known.rows.length > 1) {
    throw new UserError(
      `the agent ${agent.userId ?? ''} with ${agent.contactUri ?? ''} is known as two agents of this account: ` +
        'leave one of the two columns empty',
      { exitCode: 2 },
    );
  }
  const existing = known.rows[0];
  if (existing === undefined) {
    const inserted = await transaction.query<{ id: number }>(
      `insert into agents (account_id, user_id, contact_uri, name) values ($1, $2, $3, $4)
       on conflict do nothing returning id`,
      [accountId, agent.userId, agent.contactUri, agent.name],
    );
    return inserted.rows[0]?.id ?? null;
  }
  await transaction.query(
    `update agents set user_id = coalesce(user_id, $2), contact_uri = coalesce(contact_uri, $3), name = coalesce($4, name)
     where id = $1`,
    [existing.id, agent.userId, agent.contactUri, agent.name],
  );
  return existing.id;
}
