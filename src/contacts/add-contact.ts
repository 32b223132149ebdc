import type { CampaignDefinition } from '../campaigns/campaign-definition.ts';
import { lockAccount } from '../campaigns/pausing.ts';
import type { Database, Queryable } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';
import { UserError } from '../errors.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Log } from '../log.ts';
import { csvLines } from '../reports/csv.ts';
import type { ColumnMapping, ContactColumns } from './contact-columns.ts';
import { columnsNamed, findContactColumns } from './contact-columns.ts';
import { openContactList } from './contact-list.ts';
import type { AcceptedRow } from './contact-row.ts';
import { defaultDuplicateRule, duplicateReject } from './duplicate-rule.ts';
import { createDuplicateJudge, noRepeats } from './duplicates.ts';
import { loadNow } from './import-done.ts';
import { openCampaign } from './import-list.ts';
import type { OpenCampaign } from './import-list.ts';
import { queueImport } from './queue-import.ts';
import { standingNumbers } from './standing-numbers.ts';

export interface ContactToAdd {
  /** as it was typed */
  number: string;
  name: string | null;
  priority: number | null;
  /** further cells, by the names of their columns */
  cells: readonly { column: string; value: string }[];
}

export interface AddContactOptions {
  database: Database;
  jobs: Jobs;
  campaign: string;
  contact: ContactToAdd;
  actor: string;
  log: Log;
}

/** What came of it, as `dialer contacts add --json` prints it. */
export interface AddedContact {
  campaign: string;
  /** a list of one row: it can be undone as one */
  import: number;
  number: string;
  name: string | null;
  priority: number;
  timezone: string | null;
  state: string;
  /** contacts of that number whose place it took, where the campaign keeps the last */
  replaced: number;
  /** it filled up a contact that was there, where the campaign merges */
  merged: boolean;
}

const fileName = 'added by hand';

/**
 * Adds one contact to a campaign that is not over, as a list of one row: under the columns of the campaign's first
 * list, with the same checks, and due at once.
 * @throws UserError with exit code 2 when it is no contact, and 1 when it cannot be added
 */
export async function addContact(options: AddContactOptions): Promise<AddedContact> {
  const { database, jobs, actor, log } = options;
  const campaign = await openCampaign(database, options.campaign);
  const { header, mapping } = withPlaces(await firstList(database, campaign), options.contact);
  // what separates the cells is said: the names of the columns may hold any of the marks that could
  const lines = csvLines(rowUnder(header, mapping, campaign.definition, options.contact));
  const content = Buffer.from(`sep=,\n${lines}`);
  const number = await check(database, campaign, content, mapping);
  const importId = await database.transaction(async (transaction) => {
    const id = await queueImport(
      transaction,
      jobs,
      { campaignId: campaign.id, fileName, content, mapping, actor },
      async () => {
        await lockAccount(transaction, { campaignId: campaign.id });
        await openCampaign(transaction, campaign.name);
      },
    );
    await recordTrail(transaction, {
      actor,
      what: 'contact_added',
      campaignId: campaign.id,
      next: { import: id },
    });
    return id;
  });
  const { replaced, merged } = await loadNow(database, jobs, importId, log);
  const contact = await added(database, campaign, importId, merged > 0 ? number : null);
  return { import: importId, ...contact, replaced, merged: merged > 0 };
}

interface ListColumns {
  header: readonly string[];
  mapping: ColumnMapping;
}

/** A campaign whose lists all failed has none. */
async function firstList(queryable: Queryable, { id, definition }: OpenCampaign): Promise<ListColumns> {
  const found = await queryable.query<{ header: string[]; mapping: ColumnMapping | null }>(
    `select header, mapping from imports
     where campaign_id = $1 and state = 'done' and cardinality(header) > 0 order by id limit 1`,
    [id],
  );
  const [first] = found.rows;
  if (first === undefined) return withoutList;
  return { header: first.header, mapping: first.mapping ?? definition.columns };
}

/** Where the list is said to have no such column, what is given gets one that no list has. */
function withPlaces({ header, mapping }: ListColumns, { name, priority }: ContactToAdd): ListColumns {
  const places = {
    ...(mapping.name === '' && name !== null && { name: 'dialer_name' }),
    ...(mapping.priority === '' && priority !== null && { priority: 'dialer_priority' }),
  };
  return { header: [...header, ...Object.values(places)], mapping: { ...mapping, ...places } };
}

const withoutList: ListColumns = {
  header: ['phone'],
  mapping: { phone: null, name: null, timezone: null, priority: null },
};

/** A header and the one row below it. */
function rowUnder(
  given: readonly string[],
  mapping: ColumnMapping,
  { defaultRegion }: CampaignDefinition,
  contact: ContactToAdd,
): [string[], string[]] {
  const found = findContactColumns(given, mapping, defaultRegion);
  if ('problems' in found) throw new UserError(found.problems.join('; '));
  const { columns } = found;
  const header = [...given];
  const row = header.map(() => '');
  const put = (position: number | null, name: string, value: string): void => {
    const at = position ?? header.push(name) - 1;
    row[at] = value;
  };
  put(columns.phones[0] ?? null, 'phone', contact.number);
  if (contact.name !== null) put(columns.name, 'name', contact.name);
  if (contact.priority !== null) put(columns.priority, 'priority', String(contact.priority));
  for (const { column, value } of contact.cells) put(positionOf(header, column, columns), column, value);
  return [header, Array.from(row, (cell) => cell ?? '')];
}

function positionOf(header: readonly string[], column: string, { phones }: ContactColumns): number | null {
  const [position, second] = columnsNamed(header, column);
  if (second !== undefined) {
    throw new UserError(
      `the list of the campaign has two columns that "${column}" could be; neither is set`,
      {
        exitCode: 2,
      },
    );
  }
  if (position !== undefined && position === phones[0]) {
    throw new UserError(`"${column}" holds the number itself, which is given before; take it out`, {
      exitCode: 2,
    });
  }
  return position ?? null;
}

/**
 * Says what the import would say of the row, before anything is written.
 * @returns its number in E.164
 */
async function check(
  database: Database,
  { id: campaignId, account_id: accountId, definition }: OpenCampaign,
  content: Uint8Array,
  mapping: ColumnMapping,
): Promise<string> {
  const row = await onlyRow(content, mapping, definition);
  const rule = definition.duplicates ?? defaultDuplicateRule;
  const standing = await standingNumbers(database, { campaignId, accountId, numbers: [row.number] }, rule);
  const judged = createDuplicateJudge(rule, standing, noRepeats)(row);
  if (judged.kind === 'take' || judged.why === 'merged_into_campaign') return row.number;
  const { reason, mend } = duplicateReject(judged.why, rule);
  throw new UserError(`${row.number} is not added: ${reason}; ${mend}`);
}

async function onlyRow(
  content: Uint8Array,
  mapping: ColumnMapping,
  { defaultRegion }: CampaignDefinition,
): Promise<AcceptedRow> {
  async function* source(): AsyncGenerator<Uint8Array, void, void> {
    yield content;
  }
  const list = await openContactList(source(), { fileName, mapping, defaultRegion });
  if ('problems' in list) throw new UserError(list.problems.join('; '), { exitCode: 2 });
  for await (const row of list.rows()) {
    if (!('reject' in row)) return row;
    throw new UserError(`${row.reject.reason}; ${row.reject.mend}`, { exitCode: 2 });
  }
  throw new UserError('there is no contact in what was given', { exitCode: 2 });
}

/** The contact as it stands now; one that was merged is the one that was there. */
async function added(
  queryable: Queryable,
  { id, name: campaign }: OpenCampaign,
  importId: number,
  mergedInto: string | null,
): Promise<Omit<AddedContact, 'import' | 'replaced' | 'merged'>> {
  const found = await queryable.query<Omit<AddedContact, 'import' | 'replaced' | 'merged' | 'campaign'>>(
    `select number, name, priority, timezone, state from contacts
     where import_id = $1 or (campaign_id = $2 and dedupe_key = $3)`,
    [importId, id, mergedInto],
  );
  const [contact] = found.rows;
  if (contact !== undefined) return { campaign, ...contact };
  // somebody else was quicker
  const rejected = await queryable.query<{ reason: string; mend: string }>(
    'select reason, mend from import_rejects where import_id = $1',
    [importId],
  );
  const { reason, mend } = rejected.rows[0] ?? { reason: 'its list was undone', mend: 'add it again' };
  throw new UserError(`the contact is not added: ${reason}; ${mend}`);
}
