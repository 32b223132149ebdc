import type { CountryCode } from 'libphonenumber-js/max';
import { parsePhoneNumber } from './phone-number.ts';

/** The header names that a person chose; null: found by its common names. */
export interface ColumnMapping {
  readonly phone: string | null;
  readonly name: string | null;
  readonly timezone: string | null;
  readonly priority: string | null;
}

/** Positions in a row, counted from 0; null where the list has no such column. */
export interface ContactColumns {
  readonly phone: number;
  readonly name: number | null;
  readonly timezone: number | null;
  readonly priority: number | null;
}

type ContactColumn = keyof ContactColumns;

export const NO_MAPPING: ColumnMapping = { phone: null, name: null, timezone: null, priority: null };

/** The surest first. Compared by letters and digits alone, in any case: "Mobile No." is mobileno. */
const COMMON_NAMES: Readonly<Record<ContactColumn, string>> = {
  phone:
    'phone phonenumber phoneno phonenum mobile mobilenumber mobileno mobilenum mobilephone contactnumber ' +
    'contactno contactphone contactmobile customerphone customernumber customermobile customerphonenumber ' +
    'customermobilenumber primaryphone primarymobile primarynumber registeredmobile registeredmobilenumber ' +
    'phone1 mobile1 cell cellphone cellnumber telephone telephonenumber telephoneno tel telno msisdn mob ' +
    'mobno ph phno whatsapp whatsappnumber number',
  name:
    'name fullname customername contactname clientname borrowername policyholder policyholdername leadname ' +
    'customer firstname',
  timezone: 'timezone timezonename tz tzname',
  priority: 'priority prio callpriority',
};

export type ColumnsReading =
  { readonly columns: ContactColumns; readonly warnings: string[] } | { readonly problems: string[] };

/**
 * Finds the columns of a contact list in its header: those that `mapping` names, and the rest by their common
 * names. Without a phone column, or with two that could be it by one name, it says what to do.
 */
export function findContactColumns(
  header: readonly string[],
  mapping: ColumnMapping,
  region: CountryCode,
): ColumnsReading {
  const problems: string[] = [];
  const warnings: string[] = [];
  const find = (column: ContactColumn): number | null => {
    const wanted = mapping[column];
    const reading =
      wanted === null ? findByCommonName(header, column) : findByGivenName(header, column, wanted);
    if ('problem' in reading) {
      problems.push(reading.problem);
      return null;
    }
    if (reading.warning !== null) warnings.push(reading.warning);
    return reading.position;
  };
  const phone = find('phone');
  const name = find('name');
  const timezone = find('timezone');
  const priority = find('priority');
  if (phone === null && problems.length === 0) problems.push(noPhoneColumn(header, region));
  if (phone === null || problems.length > 0) return { problems };
  return { columns: { phone, name, timezone, priority }, warnings };
}

type Found = { position: number | null; warning: string | null } | { problem: string };

function findByGivenName(header: readonly string[], column: ContactColumn, wanted: string): Found {
  const positions = columnsNamed(header, wanted);
  const [position] = positions;
  if (position === undefined) {
    return {
      problem: `there is no column "${wanted}" to take the ${column} from; the columns are ${listed(header)}`,
    };
  }
  if (positions.length > 1) return { problem: twice(column, header[position] ?? wanted) };
  return { position, warning: null };
}

function findByCommonName(header: readonly string[], column: ContactColumn): Found {
  const names = header.map(plain);
  const candidates = columnsFor(header, column);
  const [position, second] = candidates;
  if (position === undefined) return { position: null, warning: null };
  if (names[second ?? -1] === names[position]) return { problem: twice(column, header[position] ?? column) };
  const others = candidates.slice(1).map((other) => `"${header[other] ?? ''}"`);
  // only for numbers: a second column of names or priorities changes nobody's call
  const warning =
    column === 'phone' && others.length > 0
      ? `numbers are taken from "${header[position] ?? ''}"; ${others.join(' and ')} is kept but not dialled (to dial it instead: --map phone=${quoted(header[candidates[1] ?? 0] ?? '')})`
      : null;
  return { position, warning };
}

/** The columns that could be it by their common names, the surest first; two of one name stand side by side. */
export function columnsFor(header: readonly string[], column: ContactColumn): number[] {
  const names = header.map(plain);
  return COMMON_NAMES[column]
    .split(' ')
    .flatMap((common) => positionsWhere(names, (name) => name === common));
}

/** The columns of that name: to the letter, or where there is none by letters and digits alone. */
export function columnsNamed(header: readonly string[], wanted: string): number[] {
  const exact = positionsWhere(header, (name) => name.trim() === wanted.trim());
  return exact.length > 0 ? exact : positionsWhere(header, (name) => plain(name) === plain(wanted));
}

function twice(column: ContactColumn, name: string): string {
  return `two columns are called "${name}", so the ${column} could be either; rename one of them`;
}

function noPhoneColumn(header: readonly string[], region: CountryCode): string {
  // the cells of a contact are not repeated: they are a person's
  if (header.some((cell) => 'number' in parsePhoneNumber(cell, region))) {
    return 'the first row is a contact, not a header; put a row with column names above it, such as phone,name';
  }
  const example = quoted(header.find((name) => name.trim() !== '') ?? 'Mobile');
  return `there is no phone column; the columns are ${listed(header)}; say which holds the number, as in --map phone=${example} or "columns: { phone: ${example} }" in the campaign file`;
}

function listed(header: readonly string[]): string {
  return header.map((name) => `"${name}"`).join(', ');
}

function quoted(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : `"${name}"`;
}

function positionsWhere(names: readonly string[], matches: (name: string) => boolean): number[] {
  return names.flatMap((name, position) => (matches(name) ? [position] : []));
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{M}\p{N}]/gu, '');
}
