import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify as csvOf } from 'csv-stringify/sync';
import { stringify as yamlOf } from 'yaml';
import { createCampaign } from '../../src/campaigns/create-campaign.ts';
import { startJobs } from '../../src/jobs/jobs.ts';
import { createLog } from '../../src/log.ts';
import { modeKeys } from '../load/mode.ts';
import type { Mode } from '../load/mode.ts';
import { until } from '../load/until.ts';
import type { Line } from '../load/stage.ts';
import type { Stage } from './stage.ts';

export interface ChaosCampaign {
  name: string;
  /** the rows of its list as they were given */
  rows: Line[];
  /** started at once, or kept as a draft */
  start: boolean;
}

export interface CampaignOptions {
  mode: Mode;
  contacts: number;
  /** contacts of a third campaign, which is not started yet; 0: there is none */
  contactsToCancel: number;
  ringSeconds: number;
  maxSeconds: number;
  retryDelayMs: number;
  onUnknown: 'hold' | 'retry';
}

/** One contact in so many is on the lists of both campaigns. */
const sharedEvery = 10;
export const maxAttempts = 3;

/**
 * Creates two campaigns that share all agents (where their mode has any) and some numbers, and starts them; and a third
 * with numbers of its own, where it is wanted, which waits. Resolves once their lists are loaded.
 */
export async function createCampaigns(stage: Stage, options: CampaignOptions): Promise<ChaosCampaign[]> {
  const { contacts, contactsToCancel } = options;
  const half = Math.ceil(contacts / 2);
  const first = Array.from({ length: half }, (_, index) => rowOf(index));
  const second = Array.from({ length: contacts - half }, (_, index) =>
    rowOf(index % sharedEvery === 0 ? index : half + index),
  );
  const campaigns: ChaosCampaign[] = [
    { name: 'renewals', rows: first, start: true },
    { name: 'reminders', rows: second, start: true },
  ];
  if (contactsToCancel > 0) {
    const kept = Array.from({ length: contactsToCancel }, (_, index) => rowOf(contacts + index));
    campaigns.push({ name: 'notices', rows: kept, start: false });
  }
  await until(async () => (await stage.ask('select 1 from accounts')).length > 0, {
    what: 'a worker that has registered the account',
    timeoutMs: 60_000,
    signal: stage.signal,
  });
  const jobs = await startJobs(stage.database.url, createLog('silent'));
  try {
    for (const campaign of campaigns) {
      await createCampaign({
        database: stage.database,
        jobs,
        file: await writeFiles(stage, campaign, options),
        contacts: null,
        agents: null,
        start: campaign.start,
        actor: 'chaos',
      });
    }
  } finally {
    await jobs.stop();
  }
  await until(
    async () => {
      const [done] = await stage.ask<{ rows: number }>(
        `select coalesce(sum(accepted), 0)::int as rows from imports where state = 'done'`,
      );
      return done?.rows === contacts + contactsToCancel;
    },
    { what: 'the lists of all campaigns', timeoutMs: 60_000, signal: stage.signal },
  );
  return campaigns;
}

/** The number of the list's n-th person, as the provider is given it. */
export function numberOf(index: number): string {
  return `+91${rowOf(index)['phone']}`;
}

function rowOf(index: number): Line {
  return { phone: `98${String(10_000_000 + index)}`, name: `Person ${index}`, policy: `P-${index}` };
}

async function writeFiles(
  { folder, sandbox }: Stage,
  { name, rows }: ChaosCampaign,
  options: CampaignOptions,
): Promise<string> {
  const retryDelay = `${options.retryDelayMs / 1000}s`;
  const contacts = join(folder, `${name}-contacts.csv`);
  const file = join(folder, `${name}.yaml`);
  await writeFile(contacts, csvOf(rows, { header: true }));
  await writeFile(
    file,
    yamlOf({
      name,
      ...(await modeKeys(options.mode, { name, folder, sandbox })),
      contacts,
      callerIds: sandbox.settings.current.callerIds,
      call: { recording: true, ringSeconds: options.ringSeconds, maxSeconds: options.maxSeconds },
      retry: {
        maxAttempts,
        no_answer: retryDelay,
        busy: retryDelay,
        unreachable: retryDelay,
      },
      onUnknown: options.onUnknown,
    }),
  );
  return file;
}
