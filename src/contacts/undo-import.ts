import { lockAccount } from '../campaigns/pausing.ts';
import type { Database, Transaction } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';
import { wakeOwner } from '../dialing/attempt-store.ts';
import { UserError } from '../errors.ts';
import { takeTurn } from './import-store.ts';
import { restoreReplaced, undoMerges } from './undo-changes.ts';

export interface UndoneImport {
  import: number;
  campaign: string;
  file: string;
  /** contacts that waited and are not called any more */
  canceled: number;
  /** those of them that had been called before and waited to be called again */
  calledBefore: number;
  /** contacts whose call is under way: it goes on, and they follow the retry rules */
  dialing: number;
  /** contacts that were called and wait for a person's decision: they stay */
  held: number;
  /** contacts of earlier lists whose places it had taken, and that wait again */
  restored: number;
  /** contacts of earlier lists that it had filled up, and that are as they were */
  unmerged: number;
  /** those of them that are called or done: they keep what it brought */
  stillMerged: number;
}

interface ImportRow {
  campaign_id: number;
  account_id: number;
  campaign: string;
  file_name: string;
  state: 'open' | 'done' | 'failed' | 'undone';
}

/**
 * Takes out what still waits of a list: once this returns, none of it is claimed. The rows stay, as canceled, so that
 * totals still equal the accepted rows; their numbers may be imported anew. What it did to contacts of earlier lists is
 * taken back where they still wait, or where the row that took their place was never called.
 * @throws UserError when there is no such import, or it is not loaded
 */
export async function undoImport(database: Database, importId: number, actor: string): Promise<UndoneImport> {
  return await database.transaction(
    async (transaction) => {
      const found = await transaction.query<ImportRow>(
        `select i.campaign_id, k.account_id, k.name as campaign, i.file_name, i.state
         from imports i join campaigns k on k.id = i.campaign_id where i.id = $1`,
        [importId],
      );
      const row = found.rows[0];
      if (row === undefined) {
        throw new UserError(
          `there is no import ${importId}: \`dialer contacts import\` and \`dialer campaign create --json\` print their number`,
        );
      }
      refuseUnlessLoaded(importId, row);
      // before the account: a list that is being loaded may take long, and what it sees of keys must not change
      await takeTurn(transaction, row.campaign_id);
      await lockAccount(transaction, { accountId: row.account_id });
      const undoing = { importId, campaignId: row.campaign_id, accountId: row.account_id };
      const canceled = await cancelWaiting(transaction, importId);
      const called = canceled.filter(({ calls }) => calls > 0);
      const never = canceled.filter(({ tried }) => !tried);
      const undone: UndoneImport = {
        import: importId,
        campaign: row.campaign,
        file: row.file_name,
        canceled: canceled.length,
        calledBefore: called.length,
        ...(await leftOf(transaction, importId)),
        restored: await restoreReplaced(
          transaction,
          undoing,
          never.map(({ first }) => first),
        ),
        ...(await undoMerges(transaction, undoing)),
      };
      if (undone.canceled + undone.restored + undone.unmerged > 0) {
        const { canceled: contacts, calledBefore, restored, unmerged } = undone;
        await recordTrail(transaction, {
          actor,
          what: 'import_undone',
          campaignId: row.campaign_id,
          next: { import: importId, canceled: contacts, calledBefore, restored, unmerged },
        });
        await wakeOwner(transaction, row.account_id);
      }
      return undone;
    },
    { statementTimeout: 0 },
  );
}

interface Canceled {
  /** its first number */
  first: string;
  /** whether there is an attempt of any kind */
  tried: boolean;
  /** attempts that count */
  calls: number;
}

/**
 * Cancels what waits of a list, and what is held without having been called: released, that would be called. Its number
 * may come in again with a corrected list, so a canceled row gives up its claim to it.
 */
async function cancelWaiting(transaction: Transaction, importId: number): Promise<Canceled[]> {
  const canceled = await transaction.query<Canceled>(
    `update contacts c set state = 'canceled', state_reason = 'undone', dedupe_key = null
     where import_id = $1 and (state = 'pending'
       or (state = 'held' and not exists (select 1 from attempts t where t.contact_id = c.id)))
     returning numbers[1] as first, exists (select 1 from attempts t where t.contact_id = c.id) as tried,
       (select count(*) from attempts t where t.contact_id = c.id and t.counts) as calls`,
    [importId],
  );
  return canceled.rows;
}

async function leftOf(
  transaction: Transaction,
  importId: number,
): Promise<Pick<UndoneImport, 'dialing' | 'held'>> {
  const left = await transaction.query<Pick<UndoneImport, 'dialing' | 'held'>>(
    `select count(*) filter (where state = 'dialing') as dialing, count(*) filter (where state = 'held') as held
     from contacts where import_id = $1 and state in ('dialing', 'held')`,
    [importId],
  );
  return left.rows[0] ?? { dialing: 0, held: 0 };
}

function refuseUnlessLoaded(importId: number, { file_name, state }: ImportRow): void {
  switch (state) {
    case 'open':
      throw new UserError(
        `import ${importId} (${file_name}) is still being loaded: undo it when that is done`,
      );
    case 'failed':
      throw new UserError(`import ${importId} (${file_name}) failed and left nothing to undo`);
    case 'done':
    case 'undone':
  }
}
