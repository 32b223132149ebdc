import type { Database, Queryable } from '../db/pool.ts';
import { storableJson } from '../db/storable-json.ts';
import { wakeOwner } from '../dialing/attempt-store.ts';
import type { ErrandAnswers, ErrandKind, ErrandPayload } from './errand.ts';

/** How long an asker waits, in ms. An errand older than that is never begun: nobody expects it any more. */
export const longestErrandMs = 180_000;

export interface TakenErrand {
  id: number;
  kind: string;
  payload: unknown;
  actor: string;
}

/** Writes down what is wanted and wakes the account's owner. */
export async function askErrand<Kind extends ErrandKind>(
  database: Database,
  errand: { accountId: number; kind: Kind; payload: ErrandPayload<Kind>; actor: string },
): Promise<number> {
  return await database.transaction(async (transaction) => {
    const inserted = await transaction.query<{ id: number }>(
      'insert into errands (account_id, kind, payload, actor) values ($1, $2, $3, $4) returning id',
      [errand.accountId, errand.kind, JSON.stringify(errand.payload), errand.actor],
    );
    await wakeOwner(transaction, errand.accountId);
    const row = inserted.rows[0];
    if (row === undefined) throw new Error('the errand was not written');
    return row.id;
  });
}

/**
 * The account's oldest errand that nobody does: one just asked, or one whose owner lost the account over it. All of
 * them may be done twice without harm.
 */
export async function takeErrand(
  queryable: Queryable,
  accountId: number,
  epoch: number,
): Promise<TakenErrand | null> {
  const taken = await queryable.query<TakenErrand>(
    `update errands set state = 'taken', epoch = $2
     where id = (
       select id from errands
       where account_id = $1 and (state = 'asked' or (state = 'taken' and epoch < $2))
         and created_at > clock_timestamp() - $3 * interval '1 ms'
       order by id limit 1 for update skip locked)
     returning id, kind, payload, actor`,
    [accountId, epoch, longestErrandMs],
  );
  return taken.rows[0] ?? null;
}

/** Stores what came of an errand, unless its asker has gone. */
export async function finishErrand(
  queryable: Queryable,
  id: number,
  end: { result: unknown } | { error: string },
): Promise<void> {
  const result = 'result' in end ? storableJson(end.result) : null;
  const error = 'error' in end ? end.error : null;
  await queryable.query(
    `update errands set state = case when $3::text is null then 'done' else 'failed' end, result = $2, error = $3,
       finished_at = clock_timestamp()
     where id = $1 and state = 'taken'`,
    [id, result, error],
  );
}

export interface ErrandStanding<Kind extends ErrandKind> {
  state: 'asked' | 'taken' | 'done' | 'failed';
  result: ErrandAnswers[Kind] | null;
  error: string | null;
  /** whether some process owns the account */
  owned: boolean;
}

export async function errandStanding<Kind extends ErrandKind>(
  queryable: Queryable,
  id: number,
): Promise<ErrandStanding<Kind> | null> {
  const found = await queryable.query<ErrandStanding<Kind>>(
    `select e.state, e.result, e.error, coalesce(l.expires_at > clock_timestamp(), false) as owned
     from errands e join leases l on l.account_id = e.account_id where e.id = $1`,
    [id],
  );
  return found.rows[0] ?? null;
}

/** Takes an errand back, and with it those whose askers were killed: answers hold names and numbers of people. */
export async function removeErrand(queryable: Queryable, id: number): Promise<void> {
  await queryable.query(
    `delete from errands where id = $1 or created_at < clock_timestamp() - 2 * $2 * interval '1 ms'`,
    [id, longestErrandMs],
  );
}
