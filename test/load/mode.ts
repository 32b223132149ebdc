import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify as csvOf } from 'csv-stringify/sync';
import type { Sandbox } from '../../src/sandbox/server.ts';

/** How a campaign calls: an agent of the account first, an agent's plain phone first, or the customer into a flow. */
export const modes = ['agents', 'connect', 'flow'] as const;
export type Mode = (typeof modes)[number];

const appId = '208287';

/**
 * The modes that the text of an option names; null for a word that is none.
 * @param text a mode, or `all`
 */
export function modesNamed(text: string): readonly Mode[] | null {
  if (text === 'all') return modes;
  const named = modes.filter((mode) => mode === text);
  return named.length === 0 ? null : named;
}

/** The keys of a campaign file that its mode asks for; the list of agents they name is written into `folder`. */
export async function modeKeys(
  mode: Mode,
  { name, folder, sandbox }: { name: string; folder: string; sandbox: Sandbox },
): Promise<Record<string, unknown>> {
  if (mode === 'flow') return { mode, flow: { appId } };
  const agents = join(folder, `${name}-agents.csv`);
  const rows = sandbox.agents.map(({ id, device }) =>
    mode === 'agents' ? { user_id: id } : { contact_uri: device.contactUri },
  );
  await writeFile(agents, csvOf(rows, { header: true }));
  return { mode, agents };
}
