import { createReadStream } from 'node:fs';
import { describeZone, isCountry } from '../campaigns/contact-hours.ts';
import type { Database } from '../db/pool.ts';
import { UserError } from '../errors.ts';
import { checkContactList } from './check-contact-list.ts';
import type { ColumnMapping, ContactColumns } from './contact-columns.ts';
import type { ContactList } from './contact-list.ts';
import { openContactList } from './contact-list.ts';
import type { AcceptedRow, Contact, RejectedRow } from './contact-row.ts';
import { defaultDuplicateRule } from './duplicate-rule.ts';
import type { DuplicateKind, DuplicateRule } from './duplicate-rule.ts';
import { createDuplicateJudge, findRepeats, needsRepeats, noRepeats } from './duplicates.ts';
import type { Judgement } from './duplicates.ts';
import { hashOf, openCampaign } from './import-list.ts';
import type { LoadedCounts } from './import-store.ts';
import { earlierLists } from './rejects-file.ts';
import { sameImport } from './same-import.ts';
import { standingNumbers } from './standing-numbers.ts';

/** What an import would do, as `dialer contacts import --dry-run --json` prints it. */
export interface RehearsedImport extends LoadedCounts {
  dryRun: true;
  campaign: string;
  file: string;
  /** the import that took this very file before; the file would not be taken again */
  already: number | null;
  encoding: string;
  delimiter: string | null;
  columns: string[];
  /** the column that each is taken from; null: the list has none */
  mapping: Record<'name' | 'timezone' | 'priority', string | null> & { phone: string | string[] };
  warnings: string[];
  firstContacts: (Contact & { row: number; number: string })[];
  rejects: RejectedKind[];
  duplicatesInFile: number;
  duplicatesInCampaign: number;
  /** in lists of the account's other campaigns, where the campaign asks for that */
  duplicatesInAccount: number;
}

export interface RejectedKind {
  code: string;
  reason: string;
  mend: string;
  rows: number;
  /** the first of them */
  examples: { row: number; phone: string }[];
}

const shownContacts = 5;
const shownExamples = 3;

/**
 * Reads a list as its import would and writes nothing.
 * @throws UserError as the import would
 */
export async function rehearseImport(
  database: Database,
  options: { campaign: string; file: string; mapping: Partial<ColumnMapping> },
): Promise<RehearsedImport> {
  const { file } = options;
  const campaign = await openCampaign(database, options.campaign);
  const { columns, defaultRegion } = campaign.definition;
  const mapping: ColumnMapping = { ...columns, ...options.mapping };
  const earlier =
    Object.keys(options.mapping).length === 0 ? () => earlierLists(database, campaign) : undefined;
  const { problems, found } = await checkContactList(file, mapping, defaultRegion, earlier);
  if (found === null) throw new UserError(problems.join('\n'), { exitCode: 2 });
  const same = await sameImport(database, campaign, { ...found, sha256: await hashOf(file) });
  const open = async (): Promise<ContactList> => {
    const list = await openContactList(createReadStream(file), {
      fileName: file,
      mapping,
      defaultRegion,
      earlier,
    });
    if ('problems' in list) throw new UserError(list.problems.join('\n'), { exitCode: 2 });
    return list;
  };
  const rule: DuplicateRule = campaign.definition.duplicates ?? defaultDuplicateRule;
  const judge = createDuplicateJudge(
    rule,
    await standingNumbers(
      database,
      { campaignId: campaign.id, accountId: campaign.account_id, numbers: null },
      rule,
    ),
    needsRepeats(rule) ? await findRepeats(rule, (await open()).batches()) : noRepeats,
  );
  const list = await open();
  const { countries, ...counts } = await countRows(list, judge);
  return {
    dryRun: true,
    campaign: campaign.name,
    file,
    already: same?.id ?? null,
    encoding: list.encodingSeen(),
    delimiter: list.delimiter,
    columns: [...list.header],
    mapping: namedColumns(list),
    warnings: [...list.warnings, ...list.notesSeen(), ...zoneNotes(file, countries)],
    ...counts,
  };
}

/** Of contacts whose number does not tell in which zone of its country they are, how many are in each. */
interface Countries {
  countries: ReadonlyMap<string, number>;
}

type Counts = LoadedCounts &
  Countries &
  Pick<
    RehearsedImport,
    'firstContacts' | 'rejects' | 'duplicatesInFile' | 'duplicatesInCampaign' | 'duplicatesInAccount'
  >;

async function countRows(list: ContactList, judge: (row: AcceptedRow) => Judgement): Promise<Counts> {
  const kinds = new Map<string, RejectedKind>();
  const firstContacts: RehearsedImport['firstContacts'] = [];
  const left = new Map<DuplicateKind, number>();
  const countries = new Map<string, number>();
  const rows = { accepted: 0, rejected: 0, badNumbers: 0, replaced: 0 };
  for await (const batch of list.batches()) {
    for (const row of batch) {
      if ('reject' in row) {
        rows.rejected += 1;
        noteReject(kinds, row, list.columns);
        continue;
      }
      const judged = judge(row);
      if (judged.kind === 'leave') {
        left.set(judged.why, (left.get(judged.why) ?? 0) + 1);
        continue;
      }
      rows.accepted += 1;
      rows.badNumbers += row.badNumbers;
      if (judged.replaces) rows.replaced += 1;
      const { rowNumber, number, contact } = judged.row;
      const { timezone } = contact;
      if (timezone !== null && isCountry(timezone))
        countries.set(timezone, (countries.get(timezone) ?? 0) + 1);
      if (firstContacts.length < shownContacts) firstContacts.push({ row: rowNumber, number, ...contact });
    }
  }
  const leftOut = (...why: DuplicateKind[]): number =>
    why.reduce((sum, kind) => sum + (left.get(kind) ?? 0), 0);
  const inFile = leftOut('file', 'later_row', 'merged_into_file');
  const inCampaign = leftOut('campaign', 'called', 'merged_into_campaign');
  const inAccount = leftOut('account');
  return {
    countries,
    firstContacts,
    ...rows,
    rejects: [...kinds.values()].toSorted((a, b) => b.rows - a.rows),
    duplicates: inFile + inCampaign + inAccount,
    merged: leftOut('merged_into_file', 'merged_into_campaign'),
    duplicatesInFile: inFile,
    duplicatesInCampaign: inCampaign,
    duplicatesInAccount: inAccount,
  };
}

function zoneNotes(file: string, countries: Countries['countries']): string[] {
  return [...countries].map(
    ([country, contacts]) =>
      `${file}: ${contacts === 1 ? '1 contact is' : `${contacts} contacts are`} in ${describeZone(country)} and called only while the hours are open in all of them; a column timezone says more`,
  );
}

function noteReject(kinds: Map<string, RejectedKind>, row: RejectedRow, columns: ContactColumns): void {
  const { code, reason, mend } = row.reject;
  const kind = kinds.get(code) ?? { code, reason, mend, rows: 0, examples: [] };
  kinds.set(code, kind);
  kind.rows += 1;
  if (kind.examples.length < shownExamples)
    kind.examples.push({ row: row.rowNumber, phone: phoneCells(row.cells, columns) });
}

/** The cells that numbers were looked for in, as they stand. */
function phoneCells(cells: readonly string[], { phones }: ContactColumns): string {
  return phones
    .map((position) => cells[position] ?? '')
    .filter((cell, index) => index === 0 || cell.trim() !== '')
    .join(', ');
}

function namedColumns({ header, columns }: ContactList): RehearsedImport['mapping'] {
  const nameOf = (position: number | null) => (position === null ? null : (header[position] ?? null));
  const phones = columns.phones.map((position) => header[position] ?? '');
  const [phone = ''] = phones;
  return {
    phone: phones.length > 1 ? phones : phone,
    name: nameOf(columns.name),
    timezone: nameOf(columns.timezone),
    priority: nameOf(columns.priority),
  };
}
