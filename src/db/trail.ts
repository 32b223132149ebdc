import type { Queryable } from './pool.ts';

/** One deed for the trail: who did what to which thing. */
export interface Deed {
  /** `dialer` for its own decisions, otherwise who asked, such as `cli:asha` */
  actor: string;
  what: string;
  accountId?: number;
  campaignId?: number;
  contactId?: number;
  agentId?: number;
  attemptId?: string;
  previous?: unknown;
  next?: unknown;
}

/** Adds a line to the trail, in the transaction of the deed itself. */
export async function recordTrail(queryable: Queryable, deed: Deed): Promise<void> {
  await queryable.query(
    `insert into trail (actor, what, account_id, campaign_id, contact_id, agent_id, attempt_id, old, new)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      deed.actor,
      deed.what,
      deed.accountId ?? null,
      deed.campaignId ?? null,
      deed.contactId ?? null,
      deed.agentId ?? null,
      deed.attemptId ?? null,
      deed.previous === undefined ? null : JSON.stringify(deed.previous),
      deed.next === undefined ? null : JSON.stringify(deed.next),
    ],
  );
}
