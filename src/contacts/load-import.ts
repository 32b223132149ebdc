import { DatabaseError } from 'pg';
import type { Database, Transaction } from '../db/pool.ts';
import { lastingRefusal } from '../db/refusals.ts';
import { messageOf, UserError } from '../errors.ts';
import type { JobAttempt } from '../jobs/jobs.ts';
import type { Log } from '../log.ts';
import { wakeOwner } from '../dialing/attempt-store.ts';
import { openContactList } from './contact-list.ts';
import type { ContactList } from './contact-list.ts';
import type { AcceptedRow, RejectedBefore } from './contact-row.ts';
import { defaultDuplicateRule, duplicateReject } from './duplicate-rule.ts';
import type { DuplicateRule } from './duplicate-rule.ts';
import { createDuplicateJudge, findRepeats, needsRepeats, noRepeats } from './duplicates.ts';
import type { Judgement } from './duplicates.ts';
import { mergeIntoEarlier, replaceEarlier } from './earlier-contacts.ts';
import { keepProgress } from './import-progress.ts';
import type { ProgressKeeper } from './import-progress.ts';
import { failImport, finishImport, lockOpenImport, storedFile, takeTurn } from './import-store.ts';
import type { LoadedCounts, OpenImport } from './import-store.ts';
import { loadInThread } from './import-worker-thread.ts';
import { createImportWriter } from './import-writer.ts';
import type { ImportWriter } from './import-writer.ts';
import { releaseLapsed } from './lapsed-suppressions.ts';
import { earlierLists, noteCameAgain } from './rejects-file.ts';
import { standingNumbers } from './standing-numbers.ts';
import { suppressLoaded } from './suppress-loaded.ts';

/** A file of this size is loaded in some tens of ms, less than a thread takes to start. */
const mostBytesHere = 65_536;

/**
 * Loads a stored file into its campaign, in one transaction: killed at any point it leaves nothing, and the job
 * starts again. A file that turns out unreadable fails the import with its reason; a bad row costs that row.
 * Long files are read in a thread of their own: whoever dials in this process is not held up.
 * @param attempt of the job; the last one closes the import whatever happens, since its campaign waits for an open one
 */
export async function loadImport(
  database: Database,
  importId: number,
  log: Log,
  attempt: JobAttempt = { last: false },
): Promise<void> {
  try {
    await loadAnywhere(database, importId, log);
  } catch (error) {
    if (!attempt.last) throw error;
    await giveUp(database, importId, `it was tried again and again: ${messageOf(error)}`, log);
  }
}

async function loadAnywhere(database: Database, importId: number, log: Log): Promise<void> {
  const found = await database.query<{ size_bytes: number }>('select size_bytes from imports where id = $1', [
    importId,
  ]);
  const bytes = found.rows[0]?.size_bytes ?? 0;
  await (bytes > mostBytesHere ? loadInThread : loadHere)(database, importId, log);
}

/** As `loadImport`, in this very thread. */
export async function loadHere(database: Database, importId: number, log: Log): Promise<void> {
  try {
    await database.transaction((transaction) => load(database, transaction, importId, log), {
      statementTimeout: 0,
      // a list that is read twice is read through before anything is written
      idleTimeout: 300_000,
    });
  } catch (error) {
    const reason = reasonToFail(error);
    if (reason === null) throw error;
    await giveUp(database, importId, reason, log);
  }
}

/** Null where another try may do better, as when no connection could be opened. */
function reasonToFail(error: unknown): string | null {
  if (error instanceof UserError) {
    return error.cause !== undefined && lastingRefusal(error.cause) === null ? null : error.message;
  }
  const refused = error instanceof DatabaseError && lastingRefusal(error) !== null;
  return refused ? `the database refuses a row of it: ${error.message}` : null;
}

async function giveUp(database: Database, importId: number, reason: string, log: Log): Promise<void> {
  await failImport(database, importId, reason);
  log.warn({ import: importId, reason }, 'an import failed');
}

async function load(database: Database, transaction: Transaction, importId: number, log: Log): Promise<void> {
  const open = await lockOpenImport(transaction, importId);
  if (open === null) return;
  await takeTurn(transaction, open.campaign_id);
  const rule = open.definition.duplicates ?? defaultDuplicateRule;
  const progress = keepProgress(database, importId, open.size_bytes * (needsRepeats(rule) ? 2 : 1));
  const of = { campaignId: open.campaign_id, accountId: open.account_id };
  const numbers = await numbersAsked(database, open);
  await releaseLapsed(transaction, { ...of, numbers });
  const judge = createDuplicateJudge(
    rule,
    await standingNumbers(transaction, { ...of, numbers }, rule),
    needsRepeats(rule)
      ? await findRepeats(rule, (await openStored(database, open, progress)).batches())
      : noRepeats,
  );
  const list = await openStored(database, open, progress);
  const writer = createImportWriter(transaction, { importId, campaignId: open.campaign_id });
  const { counts, timezones, cameAgain } = await loadRows(writer, list, rule, judge);
  await progress.end();
  await noteCameAgain(transaction, { importId, campaignId: open.campaign_id }, cameAgain);
  const suppressed = await suppressLoaded(transaction, { importId, ...of });
  await changeEarlier(transaction, open, list, rule, counts, timezones);
  await finishImport(
    transaction,
    importId,
    { ...list, encoding: list.encodingSeen(), timezones: [...timezones].toSorted() },
    counts,
  );
  await wakeOwner(transaction, open.account_id);
  log.info({ import: importId, ...counts, suppressed }, 'a list is loaded');
}

/** Of a short list its own numbers; all numbers of a long one would be more to send than those that are there. */
async function numbersAsked(database: Database, open: OpenImport): Promise<string[] | null> {
  if (open.size_bytes > mostBytesHere) return null;
  const numbers = new Set<string>();
  for await (const row of (await openStored(database, open)).rows()) {
    if (!('reject' in row)) numbers.add(row.number);
  }
  return [...numbers];
}

async function openStored(
  database: Database,
  open: OpenImport,
  progress: ProgressKeeper | null = null,
): Promise<ContactList> {
  const parts = storedFile(database, open.id);
  const list = await openContactList(progress?.count(parts) ?? parts, {
    fileName: open.file_name,
    mapping: open.mapping ?? open.definition.columns,
    defaultRegion: open.definition.defaultRegion,
    ...(open.mapping === null && {
      earlier: () => earlierLists(database, { id: open.campaign_id, definition: open.definition }),
    }),
  });
  if ('problems' in list) throw new UserError(list.problems.join('; '));
  return list;
}

/** The counts have those that are to replace or to be merged; whether they can shows when all rows are there. */
async function loadRows(
  writer: ImportWriter,
  list: ContactList,
  rule: DuplicateRule,
  judge: (row: AcceptedRow) => Judgement,
): Promise<{ counts: LoadedCounts; timezones: Set<string>; cameAgain: RejectedBefore[] }> {
  const counts: LoadedCounts = {
    accepted: 0,
    rejected: 0,
    duplicates: 0,
    badNumbers: 0,
    merged: 0,
    replaced: 0,
  };
  const timezones = new Set<string>();
  const cameAgain: RejectedBefore[] = [];
  for await (const batch of list.batches()) {
    for (const row of batch) {
      if (row.before !== undefined) cameAgain.push(row.before);
      if ('reject' in row) {
        counts.rejected += 1;
        writer.reject(row);
        continue;
      }
      const judged = judge(row);
      if (judged.kind === 'leave') {
        counts.duplicates += 1;
        if (judged.why === 'merged_into_file') counts.merged += 1;
        const { rowNumber, cells } = row;
        writer.reject({ rowNumber, cells, reject: duplicateReject(judged.why, rule) });
        if (judged.why === 'merged_into_campaign') writer.merging(judged.row);
        continue;
      }
      counts.accepted += 1;
      counts.badNumbers += row.badNumbers;
      if (judged.replaces) counts.replaced += 1;
      timezones.add(judged.row.contact.timezone ?? '');
      writer.contact({ row: judged.row, dedupeKey: judged.replaces ? null : judged.dedupeKey });
    }
    await writer.pace();
  }
  await writer.end();
  return { counts, timezones, cameAgain };
}

/** What the list does to contacts of earlier lists, and what of it turns out to come too late. */
async function changeEarlier(
  transaction: Transaction,
  open: OpenImport,
  list: ContactList,
  rule: DuplicateRule,
  counts: LoadedCounts,
  timezones: Set<string>,
): Promise<void> {
  if (counts.replaced > 0) {
    const { replaced, leftOut } = await replaceEarlier(transaction, open, rule);
    counts.replaced = replaced;
    counts.accepted -= leftOut;
    counts.duplicates += leftOut;
  }
  if (rule.keep === 'merge') {
    const into = await mergeIntoEarlier(transaction, open, list.header, rule);
    counts.merged += into.merged;
    for (const timezone of into.timezones) timezones.add(timezone);
  }
}
