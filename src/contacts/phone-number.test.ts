import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { indianMobile } from './indian-mobile.ts';
import { parseAnyNumber, parsePhoneNumber } from './phone-number.ts';

describe('parsePhoneNumber', () => {
  test.each([
    '9876543210',
    '+919876543210',
    '919876543210',
    '09876543210',
    '00919876543210',
    '(+91) 98765 43210',
    '+91 98765 43210',
    '+91-98765-43210',
    '98765-43210',
    '0-98765-43210',
    '0091 98765 43210',
    '(+91)9876543210',
    '98765.43210',
    ' 9876543210 ',
    '9876543210.0',
    '9876543210.00',
    '9876543210,0',
    '98765 43210.0',
    '9,876,543,210.00',
    '919876543210.000000',
    "'+919876543210",
    'tel:+919876543210',
    '\u202A+91 98765 43210\u202C',
    '+91 98765\u00A043210',
    '+91 98765–43210',
    '+91 (0) 98765 43210',
    '="9876543210"',
    '“98765 43210”',
    "'9876543210'",
    '9.876543210E+9',
    '9.19876543210E+11',
    '9,876,543,210',
    '9,87,65,43,210',
    '98765−43210',
    '98765\n43210',
    '९८७६५४३२१०',
    '٩٨٧٦٥٤٣٢١٠',
    '＋９１ ９８７６５ ４３２１０',
  ])('reads %j as one Indian mobile', (cell) => {
    expect(parsePhoneNumber(cell, 'IN')).toEqual({ number: '+919876543210' });
  });

  test.each([
    ['022 2345 6789', 'IN', '+912223456789'],
    ['1800 123 4567', 'IN', '+9118001234567'],
    ['+44 (0)20 7946 0958', 'IN', '+442079460958'],
    ['020 7946 0958', 'GB', '+442079460958'],
    ['(212) 555-0100', 'US', '+12125550100'],
    ['050 123 4567', 'AE', '+971501234567'],
    ['+919876543210', 'US', '+919876543210'],
  ] as const)('reads %j in %s as %s', (cell, region, number) => {
    expect(parsePhoneNumber(cell, region)).toEqual({ number });
  });

  test.each([
    ['', 'missing'],
    ['  ', 'missing'],
    ['-', 'missing'],
    ['+', 'missing'],
    ['call 9876543210 now', 'not_a_number'],
    ['9876543210 (do not call)', 'not_a_number'],
    ['n/a', 'missing'],
    ['NULL', 'missing'],
    ['#N/A', 'missing'],
    ['+91+9876543210', 'not_a_number'],
    ['asha@example.com', 'not_a_number'],
    ['9876543210 / 9876543211', 'several_numbers'],
    ['9876543210, 9876543211', 'several_numbers'],
    ['9876543210 or 9876543211', 'several_numbers'],
    ['9876543210\n9876543211', 'several_numbers'],
    ['98765', 'too_short'],
    ['987654321', 'too_short'],
    ['98765432101', 'too_long'],
    ['+91 12345', 'too_short'],
    ['0', 'missing'],
    ['9876543210123456', 'too_long'],
    ['+91987654321012', 'too_long'],
    ['0000000000', 'missing'],
    ['9.19877E+11', 'excel_damaged'],
    ['9,876', 'not_a_number'],
    ['9876543210,9876543211', 'several_numbers'],
    ['+999 1234567890', 'invalid'],
    ['+91 1848819648', 'invalid'],
    ['98765 43210 ext 5', 'extension'],
    ['98765 43210 x5', 'extension'],
    ['9876543210#12', 'extension'],
    ['9.87654E+09', 'excel_damaged'],
    ['9.19877e+11', 'excel_damaged'],
    ['9,87654E+09', 'excel_damaged'],
    ['987654321.0', 'too_short'],
    ['987654321,0', 'too_short'],
    ['98765 4321.0', 'too_short'],
    ['91987654321.0', 'too_long'],
    ['98765.00000', 'too_short'],
    ['98765432.10', 'excel_damaged'],
    ['987654321.5', 'excel_damaged'],
    ['9876543210.5', 'excel_damaged'],
    ['9876543210,5', 'excel_damaged'],
    ['91987654.3210', 'excel_damaged'],
    ['987654321.0 )', 'too_short'],
    ['no.5', 'not_a_number'],
    ['+49301234567890123', 'too_long'],
  ])('refuses %j as %s, with what to do', (cell, code) => {
    expect(parsePhoneNumber(cell, 'IN')).toEqual({
      code,
      reason: expect.stringMatching(/.{10}/),
      mend: expect.stringMatching(/.{10}/),
    });
  });

  test.each([
    ['301234567.0', 'DE', '+49301234567'],
    ['2079460958.0', 'GB', '+442079460958'],
  ] as const)('the digit after the point of %j in %s is none of the number', (cell, region, number) => {
    expect(parsePhoneNumber(cell, region)).toEqual({ number });
  });

  test('a number that a decimal lacks a digit of is not filled up from its fraction', () => {
    expect(parsePhoneNumber('50123456.0', 'AE')).toHaveProperty('code');
    expect(parsePhoneNumber('30123456.78', 'DE')).toHaveProperty('code', 'excel_damaged');
  });

  test('an Indian mobile written for another country is not taken for one', () => {
    expect(parsePhoneNumber('6502530000', 'US')).toEqual({ number: '+16502530000' });
    expect(parsePhoneNumber('9876543210', 'AE')).toHaveProperty('code');
  });
});

describe('the fast way for Indian mobiles', () => {
  const mobile = fc
    .tuple(fc.constantFrom('6', '7', '8', '9'), fc.stringMatching(/^\d{9}$/))
    .map(([first, rest]) => first + rest);

  test('agrees with the library on every mobile number', () => {
    fc.assert(
      fc.property(mobile, fc.constantFrom('', '0', '91', '+91', '0091'), (digits, prefix) => {
        expect(indianMobile(prefix + digits)).toBe(`+91${digits}`);
        expect(parseAnyNumber(prefix + digits, 'IN')).toEqual({ number: `+91${digits}` });
      }),
      { numRuns: 1_000 },
    );
  });

  test('never answers otherwise than the library, whatever the cell', () => {
    const cell = fc
      .array(fc.constantFrom(...'0123456789916789+-() .'.split('')), { maxLength: 18 })
      .map((characters) => characters.join(''));
    const spaced = fc
      .tuple(
        fc.constantFrom('', '0', '91', '+91', '0091', '(+91)', '+0'),
        mobile,
        fc.constantFrom(' ', '-', '.', ') ', '  '),
      )
      .map(([prefix, digits, gap]) => `${prefix}${gap}${digits.slice(0, 5)}${gap}${digits.slice(5)}`);
    fc.assert(
      fc.property(fc.oneof(cell, spaced), (text) => {
        const fast = indianMobile(text);
        expect(fast === null ? parsePhoneNumber(text, 'IN') : { number: fast }).toEqual(
          parseAnyNumber(text, 'IN'),
        );
      }),
      { numRuns: 5_000 },
    );
  });

  test('reads a number with any punctuation back to itself', () => {
    fc.assert(
      fc.property(mobile, fc.nat({ max: 9 }), fc.constantFrom(' ', '-', ' - '), (digits, at, gap) => {
        const cell = `+91 ${digits.slice(0, at)}${gap}${digits.slice(at)}`;
        expect(parsePhoneNumber(cell, 'IN')).toEqual({ number: `+91${digits}` });
      }),
    );
  });
});
