import type { CountryCode } from 'libphonenumber-js/max';
import { parsePhoneNumberFromString, validatePhoneNumberLength } from 'libphonenumber-js/max';
import { decimalOf } from './decimal-number.ts';
import { indianMobile } from './indian-mobile.ts';

export type PhoneNumberCode =
  | 'missing'
  | 'not_a_number'
  | 'several_numbers'
  | 'too_short'
  | 'too_long'
  | 'invalid'
  | 'extension'
  | 'excel_damaged';

interface PhoneNumberRefusal {
  readonly code: PhoneNumberCode;
  readonly reason: string;
  readonly mend: string;
}

export type PhoneNumberReading = { readonly number: string } | PhoneNumberRefusal;

const IN_FULL = 'write the whole number, such as +91 98765 43210';

/** None of these holds the number itself, so that they can be shown and logged. */
const REFUSALS: Readonly<Record<PhoneNumberCode, PhoneNumberRefusal>> = {
  missing: { code: 'missing', reason: 'there is no phone number', mend: IN_FULL },
  not_a_number: {
    code: 'not_a_number',
    reason: 'the cell holds something other than a phone number',
    mend: 'leave only the number, such as +91 98765 43210',
  },
  several_numbers: {
    code: 'several_numbers',
    reason: 'there are several phone numbers in one cell',
    mend: 'leave one number, and put others in columns of their own, such as Phone 2',
  },
  too_short: { code: 'too_short', reason: 'the phone number has too few digits', mend: IN_FULL },
  too_long: { code: 'too_long', reason: 'the phone number has too many digits', mend: IN_FULL },
  invalid: {
    code: 'invalid',
    reason: 'no such phone number is given out in its country',
    mend: 'check the digits, and write + and the country code if it is a number of another country',
  },
  extension: {
    code: 'extension',
    reason: 'the phone number has an extension, which cannot be dialled',
    mend: 'give a number that rings directly',
  },
  excel_damaged: {
    code: 'excel_damaged',
    reason: 'Excel shortened this number (9.87654E+09) and its digits are lost',
    mend: 'format the column as text in the original file and save it as CSV again',
  },
};

const FRACTION: PhoneNumberRefusal = {
  code: 'excel_damaged',
  reason: 'the number was kept as a decimal with a fraction (98765432.1), so its digits cannot be trusted',
  mend: 'write the whole number as text, such as +91 98765 43210',
};

/** The longest number that E.164 knows; the library's metadata has longer ones, which nothing dials. */
const DIALLED = /^\+[1-9]\d{5,14}$/;
/** What copied text brings along unseen: zero-width and direction marks. */
const UNSEEN = /[\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/gu;
/** Around a number: the apostrophe that makes Excel keep text, quotes of all kinds, and ="…" as a formula. */
const QUOTED = /^=?['"`´‘’“”„«»]+\s*(.*?)\s*['"`´‘’“”„«»]*$/su;
/** What programs write where there is nothing. */
const NOTHING = /^(?:n\/?a|#n\/a|null|\(null\)|nil|none|nan|undefined|0+)$/i;
const SCIENTIFIC = /^\+?(\d+)(?:[.,](\d+))?E\+?(\d+)$/i;
/** Thousands as spreadsheets set them apart, and lakhs and crores. */
const GROUPED = /^\+?\d{1,3}(?:,\d{2,3}){3,}$/;
const EXTENSION = /\d[\s,;.-]*(?:ext(?:ension|n)?|x|#)[\s.:=]*\d{1,7}$/i;
const BETWEEN_NUMBERS = /[,;/|&\n\r]|\bor\b|\band\b/i;
/** Digits with what people put between them; one + at the most, in front. */
const DIALABLE = /^\(?[+＋]?[\d\s().\-‐-―−]+$/u;

/**
 * Reads one cell as a phone number in E.164. A number without + and country code is one of `region`. Spaces,
 * dashes, dots, brackets and the prefixes 0, 00 and country code are understood; any other text beside the
 * number is refused, since what it says ("do not call …") is not known.
 */
export function parsePhoneNumber(cell: string, region: CountryCode): PhoneNumberReading {
  if (region === 'IN') {
    const mobile = indianMobile(cell);
    if (mobile !== null) return { number: mobile };
  }
  return parseAnyNumber(cell, region);
}

/** The long way of `parsePhoneNumber`, which gives the same answer for every cell. */
export function parseAnyNumber(cell: string, region: CountryCode): PhoneNumberReading {
  const cleaned = plainText(cell);
  const decimal = decimalOf(cleaned);
  if (decimal?.exact === false) return FRACTION;
  // a whole number that went through a spreadsheet as a decimal: all its digits are there
  const text = withoutGroups(decimal?.whole ?? cleaned);
  if (!DIALABLE.test(text) || holdsSeveralLines(text)) return REFUSALS[codeOfText(text)];
  if (!/[1-9]/.test(text)) return REFUSALS.missing;
  // the library takes a line break for the end of the number
  const parsed = parsePhoneNumberFromString(text.replaceAll(/\s+/g, ' '), region);
  if (parsed === undefined) return REFUSALS[codeOfLength(text, region)];
  if (parsed.ext !== undefined) return REFUSALS.extension;
  if (parsed.isValid()) return DIALLED.test(parsed.number) ? { number: parsed.number } : REFUSALS.too_long;
  const miscounted = codeOfIndianMobile(parsed.number);
  if (miscounted !== null) return REFUSALS[miscounted];
  return REFUSALS[codeOfLength(parsed.number, region)];
}

function plainText(cell: string): string {
  const text = cell
    .replaceAll(UNSEEN, '')
    .trim()
    .replace(QUOTED, '$1')
    .replaceAll(/[^\p{ASCII}]/gu, asciiDigit)
    .replace(/^tel:/i, '');
  return withoutExponent(text);
}

function withoutGroups(text: string): string {
  return GROUPED.test(text) ? text.replaceAll(',', '') : text;
}

/** 9.19876543211E+11 has all its digits; 9.19877E+11 has not, and stays. */
function withoutExponent(text: string): string {
  const [, whole = '', fraction = '', exponent = ''] = SCIENTIFIC.exec(text) ?? [];
  return whole.length === 1 && fraction.length > 0 && fraction.length === Number(exponent)
    ? whole + fraction
    : text;
}

/** Digits of other scripts stand in tens, 0 to 9. */
function asciiDigit(character: string): string {
  if (!/^\p{Nd}$/u.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  let below = 0;
  while (below < 60 && /^\p{Nd}$/u.test(String.fromCodePoint(code - below - 1))) below += 1;
  return String(below % 10);
}

/** Two numbers below one another; one that is broken over two lines is one. */
function holdsSeveralLines(text: string): boolean {
  return /[\n\r]/.test(text) && codeOfText(text) === 'several_numbers';
}

function codeOfText(text: string): PhoneNumberCode {
  if (!/[\p{L}\p{N}]/u.test(text) || NOTHING.test(text)) return 'missing';
  if (SCIENTIFIC.test(text)) return 'excel_damaged';
  if (EXTENSION.test(text)) return 'extension';
  const numbers = text.split(BETWEEN_NUMBERS).filter((part) => part.replaceAll(/\D/g, '').length >= 7);
  return numbers.length > 1 ? 'several_numbers' : 'not_a_number';
}

/** The metadata knows Indian numbers of 8 to 13 digits; a mobile that lost or gained one is told as such. */
function codeOfIndianMobile(number: string): PhoneNumberCode | null {
  if (!/^\+91[6-9]/.test(number)) return null;
  const digits = number.length - 3;
  if (digits === 10) return null;
  return digits < 10 ? 'too_short' : 'too_long';
}

function codeOfLength(text: string, region: CountryCode): PhoneNumberCode {
  const length = validatePhoneNumberLength(text, region);
  if (length === 'TOO_SHORT') return 'too_short';
  if (length === 'TOO_LONG') return 'too_long';
  if (length !== 'NOT_A_NUMBER') return 'invalid';
  const digits = text.replaceAll(/\D/g, '').length;
  if (digits < 7) return 'too_short';
  return digits > 15 ? 'too_long' : 'invalid';
}
