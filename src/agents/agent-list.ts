import type { CountryCode } from 'libphonenumber-js/max';
import { parsePhoneNumber } from '../contacts/phone-number.ts';
import type { Table, TableRow } from '../contacts/table.ts';
import { openTable } from '../contacts/table.ts';
import { UserError } from '../errors.ts';

export interface ListedAgent {
  readonly rowNumber: number;
  readonly userId: string | null;
  /** A phone in E.164 or a `sip:` address. */
  readonly contactUri: string | null;
  readonly name: string | null;
}

export interface AgentList {
  readonly agents: ListedAgent[];
  /** One sentence for each row that is no agent, such as "agents.csv:4 …; …". Empty: every row is one. */
  readonly problems: string[];
}

const COLUMN_NAMES = {
  userId: 'userid exoteluserid agentid agentuserid',
  contactUri:
    'contacturi phone phonenumber phoneno mobile mobilenumber mobileno number contactnumber sip sipuri ' +
    'sipaddress uri',
  name: 'name agentname fullname agent',
};

const USER_ID = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}$/;
const SIP_ADDRESS = /^sips?:[^\s@,;"<>]+(?:@[^\s@,;"<>]+)?$/i;

interface Positions {
  readonly userId: number | null;
  readonly contactUri: number | null;
  readonly name: number | null;
}

/**
 * Reads a list of agents: `user_id` or `contact_uri` (phone or `sip:` address) or both, and `name`. Reads it
 * whole; an agent that is listed twice, by either, is a problem of the later row.
 */
export async function readAgentList(
  source: AsyncIterable<Uint8Array>,
  options: { readonly fileName: string; readonly defaultRegion: CountryCode },
): Promise<AgentList> {
  const { fileName, defaultRegion } = options;
  try {
    return await readAgents(await openTable(source, fileName), fileName, defaultRegion);
  } catch (error) {
    if (error instanceof UserError) return { agents: [], problems: [error.message] };
    throw error;
  }
}

async function readAgents(table: Table, fileName: string, defaultRegion: CountryCode): Promise<AgentList> {
  const positions = findPositions(table.header);
  if (positions.userId === null && positions.contactUri === null) {
    await table.close();
    const columns = table.header.map((name) => `"${name}"`).join(', ');
    const problem = `${fileName}: there is no column user_id or contact_uri; the columns are ${columns}; name one of them user_id or contact_uri`;
    return { agents: [], problems: [problem] };
  }
  const agents: ListedAgent[] = [];
  const problems: string[] = [];
  const rowOf = new Map<string, number>();
  for await (const batch of table.batches()) {
    for (const row of batch) {
      if (row.cells.every((cell) => cell.trim() === '')) continue;
      const agent = readAgent(row, positions, defaultRegion);
      const problem = typeof agent === 'string' ? agent : repeated(agent, rowOf);
      if (problem !== null) problems.push(`${fileName}:${row.rowNumber} ${problem}`);
      else if (typeof agent !== 'string') agents.push(agent);
    }
  }
  if (agents.length === 0 && problems.length === 0) {
    problems.push(`${fileName}: there is a header and no agent below it; add agents`);
  }
  return { agents, problems };
}

/** The agent of a row, or what is wrong with the row. */
function readAgent(row: TableRow, positions: Positions, defaultRegion: CountryCode): ListedAgent | string {
  const cell = (position: number | null) => (position === null ? '' : (row.cells[position] ?? '').trim());
  const userId = cell(positions.userId);
  const contact = cell(positions.contactUri);
  if (userId === '' && contact === '') {
    return 'has neither user_id nor contact_uri; give one, it is what the call goes to';
  }
  if (userId !== '' && !USER_ID.test(userId)) {
    return `"${userId}" cannot be a user_id; copy it from the account's users, without spaces`;
  }
  const contactUri = contact === '' ? { value: null } : readContactUri(contact, defaultRegion);
  if ('problem' in contactUri) return contactUri.problem;
  const name = cell(positions.name);
  return {
    rowNumber: row.rowNumber,
    userId: userId === '' ? null : userId,
    contactUri: contactUri.value,
    name: name === '' ? null : name,
  };
}

function readContactUri(text: string, region: CountryCode): { value: string } | { problem: string } {
  if (/^sips?:/i.test(text)) {
    return SIP_ADDRESS.test(text)
      ? { value: text }
      : { problem: `"${text}" is not a SIP address; write it as sip:name@domain` };
  }
  const phone = parsePhoneNumber(text, region);
  return 'number' in phone ? { value: phone.number } : { problem: `${phone.reason}; ${phone.mend}` };
}

function repeated(agent: ListedAgent, rowOf: Map<string, number>): string | null {
  const keys = [
    agent.userId === null ? null : `user_id ${agent.userId}`,
    agent.contactUri === null ? null : `contact_uri ${agent.contactUri.toLowerCase()}`,
  ].filter((key) => key !== null);
  const taken = keys.find((key) => rowOf.has(key));
  if (taken !== undefined) {
    return `${taken.slice(0, taken.indexOf(' '))} is already in row ${rowOf.get(taken)}; an agent is listed once, take one out`;
  }
  for (const key of keys) rowOf.set(key, agent.rowNumber);
  return null;
}

function findPositions(header: readonly string[]): Positions {
  const names = header.map((name) => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, ''));
  const find = (known: string): number | null => {
    const found = known
      .split(' ')
      .map((name) => names.indexOf(name))
      .find((position) => position !== -1);
    return found ?? null;
  };
  return {
    userId: find(COLUMN_NAMES.userId),
    contactUri: find(COLUMN_NAMES.contactUri),
    name: find(COLUMN_NAMES.name),
  };
}
