import { createReadStream } from 'node:fs';
import { readAgentList } from '../agents/agent-list.ts';
import type { ListedAgent } from '../agents/agent-list.ts';
import { enrollAgents } from '../agents/agent-store.ts';
import { checkContactList } from '../contacts/check-contact-list.ts';
import { queueImport } from '../contacts/queue-import.ts';
import type { Database, Transaction } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';
import { messageOf, UserError } from '../errors.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { CampaignDefinition } from './campaign-definition.ts';
import { hasAgents } from './campaign-mode.ts';
import { parseCampaignFile } from './campaign-file.ts';
import { chooseAccount } from './choose-account.ts';
import { schedule } from './lifecycle.ts';

export interface CreateOptions {
  database: Database;
  jobs: Jobs;
  file: string;
  /** lists given beside the file, instead of those it names */
  contacts: string | null;
  agents: string | null;
  start: boolean;
  actor: string;
}

export interface CreatedCampaign {
  id: number;
  name: string;
  importId: number;
  warnings: string[];
}

interface CheckedCampaign {
  definition: CampaignDefinition;
  contactsPath: string;
  agents: ListedAgent[];
  warnings: string[];
}

/**
 * Creates a campaign from its file and lists. Everything is checked before anything is written, and everything is
 * written in one transaction; the contacts are loaded afterwards by a job.
 * @throws UserError with exit code 2 holding every problem, a line each
 */
export async function createCampaign(options: CreateOptions): Promise<CreatedCampaign> {
  const { database, jobs, actor } = options;
  const checked = await checkEverything(options);
  const { definition, contactsPath, agents } = checked;
  const { id: accountId } = await chooseAccount(
    database,
    definition.account,
    'under account in the campaign file',
  );
  const taken = await database.query('select 1 from campaigns where name = $1', [definition.name]);
  if (taken.rowCount !== 0) throw nameTaken(definition.name);
  return await database
    .transaction(
      async (transaction) => {
        const inserted = await transaction.query<{ id: number }>(
          `insert into campaigns (account_id, name, mode, definition, starts_at, ends_at)
           values ($1, $2, $3, $4, $5, $6) returning id`,
          [
            accountId,
            definition.name,
            definition.mode,
            JSON.stringify(definition),
            definition.schedule.start,
            definition.schedule.end,
          ],
        );
        const id = inserted.rows[0]?.id ?? 0;
        await enrollAgents(transaction, accountId, id, agents);
        if (definition.mode === 'connect') await requirePhones(transaction, id);
        const importId = await queueImport(transaction, jobs, {
          campaignId: id,
          path: contactsPath,
          mapping: null,
          actor,
        });
        await recordTrail(transaction, { actor, what: 'campaign_created', campaignId: id, next: definition });
        if (options.start || definition.schedule.start !== null) await schedule(transaction, id, actor);
        return { id, name: definition.name, importId, warnings: checked.warnings };
      },
      { statementTimeout: 0, idleTimeout: 60_000 },
    )
    .catch((error: unknown) => {
      throw isUniqueViolation(error) ? nameTaken(definition.name) : error;
    });
}

async function checkEverything(options: CreateOptions): Promise<CheckedCampaign> {
  const overridden = (['contacts', 'agents'] as const).filter((list) => options[list] !== null);
  const reading = await parseCampaignFile(options.file, overridden);
  if ('problems' in reading) throw problemsError(reading.problems);
  const { definition, files, warnings } = reading;
  const contactsPath = options.contacts ?? files.contacts;
  const agentsPath = options.agents ?? files.agents;
  const problems: string[] = [];
  if (contactsPath === null)
    problems.push(`${options.file}: no contacts: name a list under contacts or give --contacts`);
  const agents = await agentsOf(options, agentsPath, definition, problems);
  const { columns, defaultRegion } = definition;
  const list = contactsPath === null ? null : await checkContactList(contactsPath, columns, defaultRegion);
  if (list !== null) problems.push(...list.problems);
  if (problems.length > 0 || contactsPath === null || agents === null) throw problemsError(problems);
  return { definition, contactsPath, agents, warnings: [...warnings, ...(list?.warnings ?? [])] };
}

async function agentsOf(
  { file }: CreateOptions,
  path: string | null,
  definition: CampaignDefinition,
  problems: string[],
): Promise<ListedAgent[] | null> {
  if (!hasAgents(definition.mode)) {
    if (path !== null) problems.push(`${file}: mode ${definition.mode} has no agents: leave --agents out`);
    return [];
  }
  if (path !== null) return await checkedAgents(path, definition, problems);
  problems.push(`${file}: no agents: name a list under agents or give --agents`);
  return null;
}

async function checkedAgents(
  path: string,
  { mode, defaultRegion }: CampaignDefinition,
  problems: string[],
): Promise<ListedAgent[]> {
  try {
    const list = await readAgentList(createReadStream(path), { fileName: path, defaultRegion });
    problems.push(...list.problems);
    if (mode === 'connect') problems.push(...withoutPhone(path, list.agents));
    return list.agents;
  } catch (error) {
    problems.push(`${path}: cannot be read (${messageOf(error)}); check the path`);
    return [];
  }
}

/** Voice v1 calls a number: it knows no users, and a SIP address only on its newest page. */
function withoutPhone(path: string, agents: readonly ListedAgent[]): string[] {
  return agents
    .filter(({ contactUri }) => !isPhone(contactUri))
    .map(({ rowNumber, contactUri }) => {
      const has = contactUri === null ? 'has no contact_uri' : `has ${contactUri} as contact_uri`;
      return `${path}:${rowNumber} ${has}; mode connect calls agents on a plain phone, give its number there`;
    });
}

/** An agent who was known before keeps the contact URI of then. */
async function requirePhones(transaction: Transaction, campaignId: number): Promise<void> {
  const found = await transaction.query<{ agent: string; contact_uri: string }>(
    `select coalesce(g.user_id, g.name, g.contact_uri) as agent, g.contact_uri
     from campaign_agents ca join agents g on g.id = ca.agent_id
     where ca.campaign_id = $1 and g.contact_uri is not null and g.contact_uri not like '+%' order by g.id limit 1`,
    [campaignId],
  );
  const [known] = found.rows;
  if (known === undefined) return;
  throw new UserError(
    `the agent ${known.agent} is known in this account by ${known.contact_uri}, and mode connect calls agents on a plain ` +
      'phone: list them here by their phone alone, without user_id',
    { exitCode: 2 },
  );
}

function isPhone(contactUri: string | null): boolean {
  return contactUri?.startsWith('+') ?? false;
}

function problemsError(problems: readonly string[]): UserError {
  return new UserError(problems.join('\n'), { exitCode: 2 });
}

function nameTaken(name: string): UserError {
  return new UserError(`there is already a campaign ${name}: give this one another name`, { exitCode: 2 });
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505';
}
