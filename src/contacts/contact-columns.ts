import type { CountryCode } from 'libphonenumber-js/max';
import { tableOfNumbers } from './header-finder.ts';
import { parsePhoneNumber } from './phone-number.ts';
import type { TableKind } from './table.ts';

/** The header names that a person chose; null: found by its common names. An empty text: there is none. */
export interface ColumnMapping {
  /** Several are tried in that order; so are several names in one text, with commas between them. */
  readonly phone: string | readonly string[] | null;
  readonly name: string | null;
  readonly timezone: string | null;
  readonly priority: string | null;
}

/** Positions in a row, counted from 0; null where the list has no such column. */
export interface ContactColumns {
  /** In the order in which their numbers are tried; at least one. */
  readonly phones: readonly number[];
  readonly name: number | null;
  readonly timezone: number | null;
  readonly priority: number | null;
}

type ContactColumn = keyof ColumnMapping;

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

/** Other names of the first number: "Mobile Number 1", "Primary Phone Number", "Phone (Mobile)". */
const FIRST_PHONE =
  /^(?:primary|main|first|preferred|registered|personal|customer|client|contact|borrower|applicant|lead|member|user)*(?:mobile|cell|whatsapp|phone|telephone)?(?:phone|mobile|mob|cell|telephone|tel|contact)(?:number|num|no)?(?:mobile|cell|primary|main)?1?$/;
/** What may be a number where nothing else is: a person's name is called so, too. */
const LAST_RESORT = 'contact';

/**
 * Names of further numbers of the same person, which are dialled after the first without being asked for: "Phone 2",
 * "Alternate Mobile No.". Two columns of which neither says so, such as Phone and Mobile, may be anybody's.
 */
const FURTHER_PHONE =
  /^(?:(?:alt|alternate|alternative|secondary|second|other|additional)(?:contact|customer)?(?:phone|mobile|mob|telephone|tel|cell|contact)?(?:number|num|no)?|(?:contact|customer)?(?:phone|mobile|mob|telephone|tel|cell|contact)(?:number|num|no)?[2-9])$/;
/** Of those, the ones that speak of no telephone. */
const NO_PHONE = /^(?:alt|alternate|alternative|secondary|second|other|additional)(?:contact|customer)?$/;

export type ColumnsReading =
  { readonly columns: ContactColumns; readonly warnings: string[] } | { readonly problems: string[] };

/**
 * Finds the columns of a contact list in its header: those that `mapping` names, and the rest by their common
 * names. Without a phone column, or with two that could be it by one name, it says what to do.
 * @param likely the name of a column whose cells are numbers, for what is said
 */
export function findContactColumns(
  header: readonly string[],
  mapping: ColumnMapping,
  region: CountryCode,
  likely: string | null = null,
): ColumnsReading {
  const problems: string[] = [];
  const warnings: string[] = [];
  const found = (reading: Found): number[] => {
    if ('problem' in reading) {
      problems.push(reading.problem);
      return [];
    }
    if (reading.warning !== null) warnings.push(reading.warning);
    return reading.positions;
  };
  const findOne = (column: 'name' | 'timezone' | 'priority'): number | null => {
    const wanted = mapping[column];
    if (wanted === '') return null;
    const reading =
      wanted === null ? findByCommonName(header, column) : findByGivenName(header, column, wanted);
    return found(reading)[0] ?? null;
  };
  const phones = found(findPhones(header, mapping.phone));
  const columns = {
    phones,
    name: findOne('name'),
    timezone: findOne('timezone'),
    priority: findOne('priority'),
  };
  if (phones.length === 0 && problems.length === 0) problems.push(noPhoneColumn(header, region, likely));
  return problems.length > 0 ? { problems } : { columns, warnings };
}

/** How a contact list is told from what else may stand in its file. */
export function contactTable(mapping: ColumnMapping, region: CountryCode): TableKind {
  return tableOfNumbers((header) => {
    const reading = findContactColumns(header, mapping, region);
    return 'columns' in reading ? reading.columns.phones : null;
  }, region);
}

type Found = { positions: number[]; warning: string | null } | { problem: string };

function findPhones(header: readonly string[], wanted: ColumnMapping['phone']): Found {
  if (wanted === null) return findPhonesByCommonName(header);
  const positions: number[] = [];
  for (const name of phoneNames(header, wanted)) {
    const found = findByGivenName(header, 'phone', name);
    if ('problem' in found) return found;
    positions.push(...found.positions);
  }
  return { positions: [...new Set(positions)], warning: null };
}

/** A comma may stand in a column's name, so the whole text is looked for first. */
function phoneNames(header: readonly string[], wanted: string | readonly string[]): readonly string[] {
  if (typeof wanted !== 'string') return wanted;
  return columnsNamed(header, wanted).length > 0 ? [wanted] : wanted.split(',').map((name) => name.trim());
}

function findPhonesByCommonName(header: readonly string[]): Found {
  const first = findByCommonName(header, 'phone');
  if ('problem' in first || first.positions[0] === undefined) return first;
  const [position] = first.positions;
  const further = furtherPhones(header).filter((other) => other !== position);
  const left = columnsFor(header, 'phone').filter((other) => other !== position);
  if (left.length === 0) return { positions: [position, ...further], warning: null };
  // only for numbers: a second column of names or priorities changes nobody's call
  const named = (at: number) => header[at] ?? '';
  const both = [position, ...further, ...left].map(named).join(',');
  return {
    positions: [position, ...further],
    warning: `numbers are taken from "${named(position)}"; ${left.map((other) => `"${named(other)}"`).join(' and ')} is kept but not dialled (to dial it too: --map phone=${quoted(both)})`,
  };
}

/** The columns that by their names hold further numbers of the same person, in the order of the list. */
function furtherPhones(header: readonly string[]): number[] {
  return positionsWhere(header.map(plain), (name) => FURTHER_PHONE.test(name) && !NO_PHONE.test(name));
}

function findByGivenName(header: readonly string[], column: ContactColumn, wanted: string): Found {
  const positions = columnsNamed(header, wanted);
  const [position] = positions;
  if (position === undefined) {
    return {
      problem: `there is no column "${wanted}" to take the ${column} from; the columns are ${listed(header)}`,
    };
  }
  if (positions.length > 1) return { problem: twice(column, header[position] ?? wanted) };
  return { positions: [position], warning: null };
}

function findByCommonName(header: readonly string[], column: ContactColumn): Found {
  const names = header.map(plain);
  const [position, second] = columnsFor(header, column);
  if (position === undefined) return { positions: [], warning: null };
  if (names[second ?? -1] !== names[position]) return { positions: [position], warning: null };
  // only what a person is called: a wrong one calls nobody else, and nobody at another time
  if (column !== 'name') return { problem: twice(column, header[position] ?? column) };
  const warning = `two columns are called "${header[position] ?? ''}"; the name is taken from the first`;
  return { positions: [position], warning };
}

/** The columns that could be it by their common names, the surest first; two of one name stand side by side. */
export function columnsFor(header: readonly string[], column: ContactColumn): number[] {
  const names = header.map(plain);
  const found = COMMON_NAMES[column]
    .split(' ')
    .flatMap((common) => positionsWhere(names, (name) => name === common));
  if (column !== 'phone') return found;
  const others = positionsWhere(names, (name) => FIRST_PHONE.test(name) && name !== LAST_RESORT);
  const all = [...new Set([...found, ...others])];
  return all.length > 0 ? all : positionsWhere(names, (name) => name === LAST_RESORT);
}

/** The columns of that name: to the letter, or where there is none by letters and digits alone. */
export function columnsNamed(header: readonly string[], wanted: string): number[] {
  const exact = positionsWhere(header, (name) => name.trim() === wanted.trim());
  return exact.length > 0 ? exact : positionsWhere(header, (name) => plain(name) === plain(wanted));
}

function twice(column: ContactColumn, name: string): string {
  return `two columns are called "${name}", so the ${column} could be either; rename one of them`;
}

function noPhoneColumn(header: readonly string[], region: CountryCode, likely: string | null): string {
  // the cells of a contact are not repeated: they are a person's
  if (header.some((cell) => 'number' in parsePhoneNumber(cell, region))) {
    return 'the first row is a contact, not a header; put a row with column names above it, such as phone,name';
  }
  const example = quoted(likely ?? header.find((name) => name.trim() !== '') ?? 'Mobile');
  return `there is no phone column; the columns are ${listed(header)}; say which holds the number, as in --map phone=${example} or "columns: { phone: ${example} }" in the campaign file`;
}

function listed(header: readonly string[]): string {
  return header.map((name) => `"${name}"`).join(', ');
}

function quoted(name: string): string {
  return /^[\w.,-]+$/.test(name) ? name : `"${name}"`;
}

function positionsWhere(names: readonly string[], matches: (name: string) => boolean): number[] {
  return names.flatMap((name, position) => (matches(name) ? [position] : []));
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{M}\p{N}]/gu, '');
}
