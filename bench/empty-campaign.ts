import { createDatabase } from '../src/db/pool.ts';
import { createLog } from '../src/log.ts';
import { seed } from '../test/support/seed.ts';

export const campaignName = 'bench';

/** A campaign without contacts in a fresh database; its id. */
export async function createEmptyCampaign(url: string): Promise<number> {
  const database = createDatabase(url, { log: createLog('warn') });
  try {
    const { campaignId } = await seed(database, { name: campaignName, numbers: [] });
    return campaignId;
  } finally {
    await database.close();
  }
}
