import { lockAccount } from '../campaigns/pausing.ts';
import type { Database } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';
import { wakeOwner } from '../dialing/attempt-store.ts';
import { UserError } from '../errors.ts';

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
 * totals still equal the accepted rows; their numbers may be imported anew.
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
      await lockAccount(transaction, { accountId: row.account_id });
      // its number may come in again with a corrected list, so a canceled row gives up its claim to it
      const canceled = await transaction.query<{ called: boolean }>(
        `update contacts c set state = 'canceled', state_reason = 'undone', dedupe_key = null
         where import_id = $1 and state = 'pending'
         returning exists (select 1 from attempts t where t.contact_id = c.id and t.counts) as called`,
        [importId],
      );
      const live = await transaction.query<{ dialing: number }>(
        `select count(*) as dialing from contacts where import_id = $1 and state = 'dialing'`,
        [importId],
      );
      const undone: UndoneImport = {
        import: importId,
        campaign: row.campaign,
        file: row.file_name,
        canceled: canceled.rows.length,
        calledBefore: canceled.rows.filter((contact) => contact.called).length,
        dialing: live.rows[0]?.dialing ?? 0,
      };
      if (undone.canceled > 0) {
        await recordTrail(transaction, {
          actor,
          what: 'import_undone',
          campaignId: row.campaign_id,
          next: { import: importId, canceled: undone.canceled, calledBefore: undone.calledBefore },
        });
        await wakeOwner(transaction, row.account_id);
      }
      return undone;
    },
    { statementTimeout: 0 },
  );
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
