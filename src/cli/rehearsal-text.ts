import type { RehearsedImport } from '../contacts/rehearse-import.ts';
import { cellText } from './cell-text.ts';
import { besideText, counted } from './import-text.ts';
import { tableOf } from './output.ts';

/** What an import would do, for people: the columns, the first contacts, and what comes of the rows. */
export function renderRehearsal(rehearsed: RehearsedImport, columns: number): string {
  const width = Math.max(12, Math.floor(columns / 4));
  const mapping = Object.entries(rehearsed.mapping).map(([what, column]) => [
    what,
    column === null ? '-' : cellText([column].flat().join(', '), width * 2),
  ]);
  const first = rehearsed.firstContacts.map(({ row, numbers, name, timezone, priority }) => [
    row,
    numbers.join(' '),
    cellText(name ?? '', width),
    timezone ?? '',
    priority,
  ]);
  const rejects = rehearsed.rejects.map(({ code, rows, examples, reason, mend }) => [
    code,
    rows,
    examples.map(({ row, phone }) => `${row}: ${cellText(phone, 20)}`).join('; '),
    cellText(reason, columns),
    cellText(mend, columns),
  ]);
  return [
    tableOf(['takes', 'from the column'], mapping),
    ...(first.length === 0
      ? []
      : [tableOf(['row', 'number', 'name', 'timezone', 'priority'], first, ['row', 'priority'])]),
    ...(rejects.length === 0
      ? []
      : [tableOf(['rejected', 'rows', 'such as row', 'why', 'what to do'], rejects, ['rows'])]),
    `read as ${formOf(rehearsed)}`,
    summary(rehearsed),
  ].join('\n\n');
}

const separators: Record<string, string> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'pipes',
};

function formOf({ encoding, delimiter }: RehearsedImport): string {
  if (delimiter === null) return 'an XLSX workbook';
  return `${encoding.replace('utf', 'UTF').replace('windows', 'Windows')}, with ${separators[delimiter] ?? delimiter} between the cells`;
}

function summary(rehearsed: RehearsedImport): string {
  const { campaign, already, accepted, rejected, merged } = rehearsed;
  const { duplicatesInFile, duplicatesInCampaign, duplicatesInAccount } = rehearsed;
  if (already !== null) {
    return `${campaign}: this very file is there already as import ${already}, so importing it again changes nothing`;
  }
  return (
    `${campaign}: ${counted(accepted, 'contact')} would be loaded, ${counted(rejected, 'row')} rejected, ` +
    `${counted(duplicatesInFile, 'duplicate')} within the list and ${duplicatesInCampaign} of the campaign` +
    (duplicatesInAccount === 0 ? '' : ` and ${duplicatesInAccount} of the account's other campaigns`) +
    ` left out${merged === 0 ? '' : `, ${merged} of them merged`}${besideText(rehearsed)}; nothing was written`
  );
}
