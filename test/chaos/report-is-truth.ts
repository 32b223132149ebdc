import { Writable } from 'node:stream';
import { writeAttemptsCsv } from '../../src/reports/attempts-csv.ts';
import { writeContactsCsv } from '../../src/reports/contacts-csv.ts';
import { differencesOfAttempts, differencesOfContacts } from '../load/compare-with-truth.ts';
import { linesOf } from '../load/stage.ts';
import type { Line } from '../load/stage.ts';
import type { ChaosCampaign } from './campaigns.ts';
import type { ListJudge, ListWord } from './call-list.ts';
import type { Judge, Word } from './delivered.ts';
import type { Finding } from './finding.ts';
import type { AttemptRecord, Records } from './records.ts';
import type { Stage } from './stage.ts';

const outcomeByCode = new Map<number, string>([
  [10706, 'agent_busy'],
  [1012, 'agent_unavailable'],
  [10703, 'agent_unavailable'],
  [10705, 'agent_unavailable'],
  [10702, 'agent_unavailable'],
  [10806, 'agent_unavailable'],
  [10717, 'do_not_disturb'],
]);

/** The rows of the reports that are not the truth, and how the attempts that stay unknown came to be so. */
export async function compareReports(
  stage: Stage,
  records: Records,
  campaigns: readonly ChaosCampaign[],
  { judge, list }: Judges,
): Promise<{
  findings: Finding[];
  unknown: Map<Word, number>;
  unknownCalls: number;
  listed: Map<ListWord, number>;
}> {
  const unknown = records.attempts.filter(({ outcome }) => outcome === 'unknown');
  const unknownIds = new Set(unknown.map(({ id }) => id));
  const findings = records.attempts.flatMap((attempt): Finding[] => {
    const why =
      attempt.outcome === 'unknown' ? whyKnown(attempt, { judge, list }) : whyNotTrue(attempt, records);
    return why === null ? [] : [{ what: `attempt ${attempt.id} ${why}`, contactId: attempt.contact_id }];
  });
  const lines: Line[] = [];
  for (const campaign of campaigns) {
    lines.push(...(await reportOf(stage, campaign.name, writeAttemptsCsv)));
    findings.push(...(await contactsThatDiffer(stage, records, campaign)));
  }
  for (const what of differencesOfAttempts(records.truth, lines, unknownIds)) {
    findings.push({ what, contactId: contactNamedIn(records, what) });
  }
  if (lines.length !== records.attempts.length) {
    findings.push({
      what: `${records.attempts.length} attempts were made, the reports have ${lines.length}`,
      contactId: null,
    });
  }
  const words = new Map<Word, number>();
  for (const attempt of unknown) {
    const word = judge.wordOn(attempt);
    words.set(word, (words.get(word) ?? 0) + 1);
  }
  const listed = new Map<ListWord, number>();
  for (const word of unknown.map((attempt) => list?.(attempt) ?? null)) {
    if (word !== null) listed.set(word, (listed.get(word) ?? 0) + 1);
  }
  const unknownCalls = unknown.filter(({ id }) => records.callOf(id) !== undefined).length;
  return { findings, unknown: words, unknownCalls, listed };
}

interface Judges {
  judge: Judge;
  /** null in a mode whose calls no list tells of */
  list: ListJudge | null;
}

/** `unknown` is right only where neither the answer nor a callback was delivered, and no list could tell. */
function whyKnown(attempt: AttemptRecord, { judge, list }: Judges): string | null {
  if (list?.(attempt) === 'findable') return 'is unknown although the list of calls had its call in time';
  const word = judge.wordOn(attempt);
  if (word === 'delivered') return 'is unknown although the provider’s word was delivered';
  return word === 'no_excuse' ? 'is unknown, nothing went astray and nobody was killed' : null;
}

/** For attempts of which no call came: calls themselves are compared line by line. */
function whyNotTrue(attempt: AttemptRecord, records: Records): string | null {
  if (records.callOf(attempt.id) !== undefined) return null;
  const expected = outcomeWithoutCall(attempt, records);
  return attempt.outcome === expected ? null : `is ${attempt.outcome}, the provider’s log says ${expected}`;
}

function outcomeWithoutCall({ id }: AttemptRecord, { placingsOf }: Records): string {
  const [placing] = placingsOf(id);
  if (placing === undefined) return 'unsent';
  if (placing.status === 429) return 'throttled';
  if (placing.fault !== null && placing.fault !== 'slow') return 'unknown';
  // v1 has no codes; of all that it forbids, the scenarios know the register alone
  if (placing.code === null && placing.status === 403) return 'do_not_disturb';
  return outcomeByCode.get(placing.code ?? 0) ?? 'unknown';
}

async function contactsThatDiffer(
  stage: Stage,
  records: Records,
  campaign: ChaosCampaign,
): Promise<Finding[]> {
  const own = new Map(
    records.attempts.filter((attempt) => attempt.campaign === campaign.name).map((one) => [one.id, one]),
  );
  const calls = records.truth.calls.filter(({ customField }) => own.has(customField ?? ''));
  const excused = new Set(
    [...own.values()].filter(({ outcome }) => outcome === 'unknown').map(({ number }) => number),
  );
  const lines = await reportOf(stage, campaign.name, writeContactsCsv);
  return differencesOfContacts({ ...records.truth, calls }, campaign.rows, lines, excused).map((what) => ({
    what: `${campaign.name}: ${what}`,
    contactId: contactNamedIn(records, what),
  }));
}

type WriteReport = typeof writeAttemptsCsv | typeof writeContactsCsv;

async function reportOf(stage: Stage, campaign: string, write: WriteReport): Promise<Line[]> {
  const pieces: string[] = [];
  const output = new Writable({
    write(piece: Buffer, _encoding, done) {
      pieces.push(piece.toString());
      done();
    },
  });
  await write(stage.database, campaign, output);
  return linesOf(pieces.join(''));
}

function contactNamedIn({ attempts, contacts }: Records, what: string): number | null {
  return (
    attempts.find(({ id }) => what.includes(id))?.contact_id ??
    contacts.find(({ number }) => what.includes(number))?.id ??
    null
  );
}
