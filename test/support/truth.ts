import type { Database } from '../../src/db/pool.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';

const outcomeOf: Record<string, string> = {
  connected: 'connected',
  no_answer: 'no_answer',
  busy: 'busy',
  unreachable: 'unreachable',
  agent_no_answer: 'agent_no_answer',
  agent_canceled: 'agent_canceled',
  agent_hung_up: 'agent_canceled',
  agent_unreachable: 'agent_unreachable',
  agent_busy: 'agent_busy',
};

/** A line for each placed call, as the dialer knows it. */
export async function knownCalls(database: Database): Promise<string[]> {
  const found = await database.query<{ line: string }>(
    `select concat_ws(' ', t.id, t.call_sid, t.number, t.outcome, coalesce(t.talk_seconds, 0)) as line
     from attempts t where t.call_sid is not null order by 1`,
  );
  return found.rows.map((row) => row.line).toSorted();
}

/** The same lines, as the simulated Exotel knows them. */
export function trueCalls(sandbox: Sandbox): string[] {
  return sandbox
    .truth()
    .calls.map((call) =>
      [
        call.customField,
        call.sid,
        call.to,
        outcomeOf[call.outcome ?? ''] ?? 'unsettled',
        call.talkSeconds ?? 0,
      ].join(' '),
    )
    .toSorted();
}

/** As `knownCalls`, without talk times: a call to a flow gets its own some minutes after its end. */
export async function knownEnds(database: Database): Promise<string[]> {
  return (await knownCalls(database)).map(withoutTalkTime).toSorted();
}

export function trueEnds(sandbox: Sandbox): string[] {
  return trueCalls(sandbox).map(withoutTalkTime).toSorted();
}

function withoutTalkTime(line: string): string {
  return line.slice(0, line.lastIndexOf(' '));
}
