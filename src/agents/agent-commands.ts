import { lockAccount } from '../campaigns/pausing.ts';
import type { Database, Queryable, Transaction } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';
import { wakeOwner } from '../dialing/attempt-store.ts';
import { UserError } from '../errors.ts';
import { listAgents } from './agent-standing.ts';
import type { AgentStanding } from './agent-standing.ts';

/** What somebody pauses an agent with. */
export interface AgentPause {
  /** ms; null: until somebody resumes the agent */
  forMs: number | null;
  reason: string | null;
}

/**
 * Leaves an agent out: no claim with them commits after this returned. A call under way goes on.
 * @param word the agent's user id, contact URI, or number in the list
 * @throws UserError when none or several agents go by that word
 */
export async function pauseAgent(
  database: Database,
  word: string,
  { forMs, reason }: AgentPause,
  actor: string,
): Promise<AgentStanding> {
  return await changing(database, word, actor, 'agent_paused', async (transaction, id) => {
    await transaction.query(
      `update agents set paused_at = dialer_now(), paused_until = dialer_now() + $2 * interval '1 ms', paused_by = $3,
         paused_reason = $4
       where id = $1`,
      [id, forMs, actor, reason ?? `paused by ${actor}`],
    );
  });
}

/**
 * Takes an agent back whatever kept them out: a pause, a refusal that disabled them, or a device that was busy or off.
 * @param word the agent's user id, contact URI, or number in the list
 * @throws UserError when none or several agents go by that word
 */
export async function resumeAgent(database: Database, word: string, actor: string): Promise<AgentStanding> {
  return await changing(database, word, actor, 'agent_resumed', async (transaction, id) => {
    await transaction.query(
      `update agents set paused_at = null, paused_until = null, paused_by = null, paused_reason = null,
         disabled_at = null, disabled_code = null, disabled_reason = null,
         cooling_since = null, cooling_until = null, cooling_code = null, cooling_streak = 0,
         reserved_until = null, reserved_for = null
       where id = $1`,
      [id],
    );
  });
}

/** Claims hold the account's row FOR SHARE: once it is held here, no claim that saw the agent as before can commit. */
async function changing(
  database: Database,
  word: string,
  actor: string,
  what: string,
  change: (transaction: Transaction, id: number) => Promise<void>,
): Promise<AgentStanding> {
  return await database.transaction(async (transaction) => {
    const { id, accountId } = await agentBy(transaction, word);
    await lockAccount(transaction, { accountId });
    const previous = await stateOf(transaction, id);
    await change(transaction, id);
    const next = await stateOf(transaction, id);
    await recordTrail(transaction, { actor, what, accountId, agentId: id, previous, next });
    await wakeOwner(transaction, accountId);
    const [agent] = await listAgents(transaction, { agentId: id });
    if (agent === undefined) throw new UserError(`the agent ${word} was taken out meanwhile`);
    return agent;
  });
}

/** What a person may change of an agent, for the trail. */
async function stateOf(transaction: Transaction, id: number): Promise<unknown> {
  const found = await transaction.query(
    `select paused_at, paused_until, paused_by, paused_reason, disabled_at, disabled_code, disabled_reason,
       cooling_until, cooling_code, reserved_until
     from agents where id = $1 for update`,
    [id],
  );
  return found.rows[0];
}

export interface FoundAgent {
  id: number;
  accountId: number;
}

/**
 * The one agent whom a word names. A user id or contact URI comes before a number in the list, since Exotel may give out ids that are
 * numbers.
 * @throws UserError when none or several agents go by that word
 */
export async function agentBy(queryable: Queryable, word: string): Promise<FoundAgent> {
  const named = await queryable.query<{ id: number; account_id: number }>(
    'select id, account_id from agents where user_id = $1 or contact_uri = $1 order by id',
    [word],
  );
  const found =
    named.rows.length > 0
      ? named
      : await queryable.query<{ id: number; account_id: number }>(
          'select id, account_id from agents where id::text = $1',
          [word],
        );
  const [agent, ...others] = found.rows;
  if (agent === undefined) {
    throw new UserError(`there is no agent ${word}: \`dialer agents list\` shows those there are`);
  }
  if (others.length > 0) {
    const numbers = found.rows.map((row) => row.id);
    throw new UserError(
      `${word} is ${numbers.length} agents: name one by its number in \`dialer agents list\`, ${numbers.join(' or ')}`,
    );
  }
  return { id: agent.id, accountId: agent.account_id };
}
