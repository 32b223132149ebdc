import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { CampaignDefinition } from '../campaigns/campaign-definition.ts';
import type { CampaignStatus } from '../campaigns/lifecycle.ts';
import { lockAccount } from '../campaigns/pausing.ts';
import type { Database, Queryable } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';
import { UserError } from '../errors.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { checkContactList } from './check-contact-list.ts';
import type { ColumnMapping } from './contact-columns.ts';
import { queueImport } from './queue-import.ts';
import { earlierLists } from './rejects-file.ts';
import { sameImport } from './same-import.ts';
import type { SameImport } from './same-import.ts';

export interface ImportListOptions {
  database: Database;
  jobs: Jobs;
  /** the name of the campaign */
  campaign: string;
  file: string;
  /** what is said here goes before what the campaign says */
  mapping: Partial<ColumnMapping>;
  actor: string;
}

export interface QueuedImport {
  importId: number;
  /** the same file was imported before, by this very import: nothing was written */
  already: boolean;
  /** and it is still to be loaded: somebody is at it, or was cut off */
  open: boolean;
  warnings: string[];
}

/** A campaign that a list may be added to. */
export interface OpenCampaign {
  id: number;
  account_id: number;
  name: string;
  definition: CampaignDefinition;
}

/**
 * Adds a list to a campaign that is not over. It is checked before anything is written, and loaded afterwards by a job.
 * The same file with the same columns, unless it was undone, is not taken a second time.
 * @throws UserError when there is no such campaign or it is over, and (exit code 2) when the list cannot be used
 */
export async function importList(options: ImportListOptions): Promise<QueuedImport> {
  const { database, jobs, file, actor } = options;
  const campaign = await openCampaign(database, options.campaign);
  const { id, definition } = campaign;
  const mapping: ColumnMapping = { ...definition.columns, ...options.mapping };
  // rejected rows are read by the columns of the lists they came with, unless somebody says others
  const asUsual = Object.keys(options.mapping).length === 0;
  const earlier = asUsual ? () => earlierLists(database, campaign) : undefined;
  const { problems, warnings, found } = await checkContactList(
    file,
    mapping,
    definition.defaultRegion,
    earlier,
  );
  if (found === null) throw new UserError(problems.join('\n'), { exitCode: 2 });
  const before = await sameImport(database, campaign, { ...found, sha256: await hashOf(file) });
  if (before !== null) return { importId: before.id, already: true, open: before.open, warnings };
  try {
    return await database.transaction(
      async (transaction) => {
        const importId = await queueImport(
          transaction,
          jobs,
          { campaignId: id, path: file, mapping: asUsual ? null : mapping, actor },
          async ({ sha256 }) => {
            await lockAccount(transaction, { campaignId: id });
            await openCampaign(transaction, options.campaign);
            const same = await sameImport(transaction, campaign, { ...found, sha256 });
            if (same !== null) throw new ImportedMeanwhile(same);
          },
        );
        await recordTrail(transaction, {
          actor,
          what: 'list_added',
          campaignId: id,
          next: { import: importId, mapping },
        });
        return { importId, already: false, open: true, warnings };
      },
      { statementTimeout: 0, idleTimeout: 60_000 },
    );
  } catch (error) {
    if (error instanceof ImportedMeanwhile) {
      return { importId: error.same.id, already: true, open: error.same.open, warnings };
    }
    throw error;
  }
}

/** Somebody else imported the file while it was being stored: what was stored is rolled back. */
class ImportedMeanwhile extends Error {
  readonly same: SameImport;

  constructor(same: SameImport) {
    super('the same file was imported meanwhile');
    this.same = same;
  }
}

interface CampaignRow extends OpenCampaign {
  status: CampaignStatus;
  ended: boolean;
}

/**
 * A campaign by its name, if contacts may still be added to it.
 * @throws UserError when there is none or it is over
 */
export async function openCampaign(queryable: Queryable, name: string): Promise<OpenCampaign> {
  const found = await queryable.query<CampaignRow>(
    `select id, account_id, name, status, definition, coalesce(ends_at <= dialer_now(), false) as ended
     from campaigns where name = $1`,
    [name],
  );
  const campaign = found.rows[0];
  if (campaign === undefined) {
    throw new UserError(`there is no campaign ${name}: \`dialer campaign list\` shows those there are`);
  }
  if (campaign.status === 'completed' || campaign.status === 'canceled') {
    throw new UserError(
      `campaign ${name} is ${campaign.status} and calls nobody any more: create a new campaign for this list`,
    );
  }
  if (campaign.ended) {
    throw new UserError(
      `campaign ${name} is past its end and calls nobody any more: create a new campaign for this list`,
    );
  }
  return campaign;
}

/** The SHA-256 of a file, in hex. */
export async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
