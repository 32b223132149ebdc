import { createReadStream } from 'node:fs';
import type { Database } from '../db/pool.ts';
import { UserError } from '../errors.ts';
import { checkContactList } from './check-contact-list.ts';
import type { ColumnMapping, ContactColumns } from './contact-columns.ts';
import type { ContactList } from './contact-list.ts';
import { openContactList } from './contact-list.ts';
import type { Contact, RejectedRow } from './contact-row.ts';
import { createDuplicateFinder } from './duplicates.ts';
import { hashOf, openCampaign, sameImport } from './import-list.ts';
import { dedupeKeys } from './import-store.ts';

/** What an import would do, as `dialer contacts import --dry-run --json` prints it. */
export interface RehearsedImport {
  dryRun: true;
  campaign: string;
  file: string;
  /** the import that took this very file before; the file would not be taken again */
  already: number | null;
  encoding: string;
  delimiter: string | null;
  columns: string[];
  /** the column that each is taken from; null: the list has none */
  mapping: Record<keyof ContactColumns, string | null>;
  warnings: string[];
  firstContacts: (Contact & { row: number })[];
  accepted: number;
  rejected: number;
  rejects: RejectedKind[];
  duplicates: number;
  duplicatesInFile: number;
  duplicatesInCampaign: number;
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
  const { problems } = await checkContactList(file, mapping, defaultRegion);
  if (problems.length > 0) throw new UserError(problems.join('\n'), { exitCode: 2 });
  const already = await sameImport(database, campaign.id, await hashOf(file), mapping);
  const list = await openContactList(createReadStream(file), { fileName: file, mapping, defaultRegion });
  if ('problems' in list) throw new UserError(list.problems.join('\n'), { exitCode: 2 });
  const counts = await countRows(list, await dedupeKeys(database, campaign.id));
  return {
    dryRun: true,
    campaign: campaign.name,
    file,
    already,
    encoding: list.encodingSeen(),
    delimiter: list.delimiter,
    columns: [...list.header],
    mapping: namedColumns(list),
    warnings: list.warnings,
    ...counts,
  };
}

type Counts = Pick<
  RehearsedImport,
  | 'firstContacts'
  | 'accepted'
  | 'rejected'
  | 'rejects'
  | 'duplicates'
  | 'duplicatesInFile'
  | 'duplicatesInCampaign'
>;

async function countRows(list: ContactList, inCampaign: readonly string[]): Promise<Counts> {
  const duplicateOf = createDuplicateFinder(inCampaign);
  const kinds = new Map<string, RejectedKind>();
  const firstContacts: RehearsedImport['firstContacts'] = [];
  const rows = { accepted: 0, rejected: 0, file: 0, campaign: 0 };
  for await (const batch of list.batches()) {
    for (const row of batch) {
      if ('reject' in row) {
        rows.rejected += 1;
        noteReject(kinds, row, list.columns);
        continue;
      }
      const before = duplicateOf(row.contact.number);
      rows[before ?? 'accepted'] += 1;
      if (before === null && firstContacts.length < shownContacts)
        firstContacts.push({ row: row.rowNumber, ...row.contact });
    }
  }
  return {
    firstContacts,
    accepted: rows.accepted,
    rejected: rows.rejected,
    rejects: [...kinds.values()].toSorted((a, b) => b.rows - a.rows),
    duplicates: rows.file + rows.campaign,
    duplicatesInFile: rows.file,
    duplicatesInCampaign: rows.campaign,
  };
}

function noteReject(kinds: Map<string, RejectedKind>, row: RejectedRow, columns: ContactColumns): void {
  const { code, reason, mend } = row.reject;
  const kind = kinds.get(code) ?? { code, reason, mend, rows: 0, examples: [] };
  kinds.set(code, kind);
  kind.rows += 1;
  if (kind.examples.length < shownExamples)
    kind.examples.push({ row: row.rowNumber, phone: row.cells[columns.phone] ?? '' });
}

function namedColumns({ header, columns }: ContactList): RehearsedImport['mapping'] {
  const nameOf = (position: number | null) => (position === null ? null : (header[position] ?? null));
  return {
    phone: nameOf(columns.phone),
    name: nameOf(columns.name),
    timezone: nameOf(columns.timezone),
    priority: nameOf(columns.priority),
  };
}
