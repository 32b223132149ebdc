import { expect } from 'vitest';
import { campaignReport } from '../../src/reports/report.ts';
import type { CampaignReport } from '../../src/reports/report.ts';
import { one } from '../support/seed.ts';
import type { Rig } from '../support/rig.ts';
import { knownCalls, trueCalls } from '../support/truth.ts';

export interface Expected {
  /** numbers of which one attempt stays unknown, because nothing was delivered that could tell */
  unknown?: readonly string[];
}

/**
 * Proves against the simulated provider's own log what must hold after any fault: every contact has ended, none had
 * two live attempts, nothing was sent twice or called again that may have been reached, and the report is the truth.
 */
export async function proveAll(
  rig: Rig,
  name: string,
  { unknown = [] }: Expected = {},
): Promise<CampaignReport> {
  const report = await campaignReport(rig.database, name);
  const { total, pending, dialing, ...ended } = report.contacts;
  expect({ pending, dialing, live: report.attempts.live }).toEqual({ pending: 0, dialing: 0, live: 0 });
  expect(Object.values(ended).reduce((sum, count) => sum + count, 0)).toBe(total);
  await expectNoOverlap(rig);
  expectNothingTwice(rig);
  const unknownAttempts = await attemptsOfOutcome(rig, 'unknown');
  expect(unknownAttempts.map((attempt) => attempt.number).toSorted()).toEqual([...unknown].toSorted());
  const unknownIds = new Set(unknownAttempts.map((attempt) => attempt.id));
  expect(await knownCalls(rig.database)).toEqual(
    trueCalls(rig.sandbox).filter((line) => !unknownIds.has(line.split(' ')[0] ?? '')),
  );
  return report;
}

/** No contact, number or agent of a call had two attempts that lived at the same time. */
async function expectNoOverlap({ database }: Rig): Promise<void> {
  const overlaps = await one<{ contacts: number; numbers: number }>(
    database,
    `select count(*) filter (where a.contact_id = b.contact_id) as contacts,
       count(*) filter (where a.number = b.number) as numbers
     from attempts a join attempts b on a.id < b.id and a.account_id = b.account_id
       and a.claimed_at < coalesce(b.settled_at, 'infinity') and b.claimed_at < coalesce(a.settled_at, 'infinity')`,
  );
  expect(overlaps).toEqual({ contacts: 0, numbers: 0 });
}

/** By the provider's log: no attempt was sent twice, no two calls rang one number, nobody reached was called again. */
function expectNothingTwice({ sandbox }: Rig): void {
  const { placings, calls } = sandbox.truth();
  const sent = placings.map((placing) => placing.customField);
  expect(sent.filter((id, index) => sent.indexOf(id) !== index)).toEqual([]);
  for (const [index, call] of calls.entries()) {
    const earlier = calls.slice(0, index).filter((other) => other.to === call.to);
    expect(earlier.filter((other) => other.outcome === 'connected')).toEqual([]);
    expect(earlier.filter((other) => other.endedAt === null || other.endedAt > call.placedAt)).toEqual([]);
  }
}

/** Attempts that came to an outcome. */
export async function attemptsOfOutcome(
  { database }: Rig,
  outcome: string,
): Promise<{ id: string; number: string; contact_id: number }[]> {
  const found = await database.query<{ id: string; number: string; contact_id: number }>(
    'select id, number, contact_id from attempts where outcome = $1 order by claimed_at',
    [outcome],
  );
  return found.rows;
}

/** Whether nothing is left to be dialled or heard of but attempts that are unknown, which only time ends. */
export async function onlyUnknownLeft({ database }: Rig): Promise<boolean> {
  const left = await one<{ others: number }>(
    database,
    `select (select count(*) from contacts where state = 'pending')
       + (select count(*) from attempts where state in ('placing', 'placed')) as others`,
  );
  return left.others === 0;
}
