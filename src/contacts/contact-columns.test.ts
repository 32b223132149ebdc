import { describe, expect, test } from 'vitest';
import { ONE, opened, problemOf, rowsOf } from './testing/read-list.ts';

describe('the columns of a list', () => {
  test.each([
    'phone',
    'Phone',
    'PHONE NUMBER',
    'Mobile No.',
    'mobile_number',
    'Contact Number',
    'Customer Phone',
    'Telephone',
    'MSISDN',
    ' phone ',
  ])('finds the numbers under %j', async (name) => {
    const list = await opened(`city,${name}\nPune,${ONE}\n`);
    expect(list.columns).toEqual({ phone: 1, name: null, timezone: null, priority: null });
  });

  test('finds name, timezone and priority too, and keeps the other cells as they are', async () => {
    const rows = await rowsOf(
      `policy,Customer Name,Mobile,TZ,Priority\nP-1," Asha Rao ",${ONE},asia/dubai,5\nP-2,,+91 90000 00002,,\n`,
    );
    expect(rows).toEqual([
      {
        rowNumber: 2,
        cells: ['P-1', ' Asha Rao ', ONE, 'asia/dubai', '5'],
        contact: { number: '+919000000001', name: 'Asha Rao', timezone: 'Asia/Dubai', priority: 5 },
      },
      {
        rowNumber: 3,
        cells: ['P-2', '', '+91 90000 00002', '', ''],
        contact: { number: '+919000000002', name: null, timezone: null, priority: 0 },
      },
    ]);
  });

  test('takes a mapped column, exactly or in another case, before any common name', async () => {
    const content = `phone,Alt No,ALT NO\n${ONE},9000000002,9000000003\n`;
    expect((await opened(content, { phone: 'ALT NO' })).columns.phone).toBe(2);
    expect((await opened(`phone,Alt No\n${ONE},9000000002\n`, { phone: 'alt no' })).columns.phone).toBe(1);
    expect(await problemOf(content, { phone: 'alt no' })).toMatch(/two columns are called "Alt No"/);
  });

  test('says which columns there are when a mapped one is not among them', async () => {
    expect(await problemOf(`phone,city\n${ONE},Pune\n`, { name: 'Customer' })).toBe(
      'list.csv: there is no column "Customer" to take the name from; the columns are "phone", "city"',
    );
  });

  test('refuses a list without a phone column, with its columns and how to map one', async () => {
    expect(await problemOf('Customer,Reach at\nAsha,9000000001\n')).toBe(
      'list.csv: there is no phone column; the columns are "Customer", "Reach at"; say which holds the number, as in --map phone=Customer or "columns: { phone: Customer }" in the campaign file',
    );
  });

  test('refuses a list whose first row is a contact, without repeating the person', async () => {
    const problem = await problemOf('Asha Rao,9000000001\nRavi Iyer,9000000002\n');
    expect(problem).toMatch(/the first row is a contact, not a header/);
    expect(problem).not.toMatch(/Asha|9000000001/);
  });

  test('refuses a list with two columns of the phone name', async () => {
    expect(await problemOf(`Phone,phone\n${ONE},${ONE}\n`)).toMatch(
      /two columns are called "Phone", so the phone could be either/,
    );
  });

  test('warns when other columns could hold numbers too', async () => {
    const list = await opened(`Mobile,Phone\n9000000002,${ONE}\n`);
    expect(list.columns.phone).toBe(1);
    expect(list.warnings).toEqual([
      'list.csv: numbers are taken from "Phone"; "Mobile" is kept but not dialled (to dial it instead: --map phone=Mobile)',
    ]);
  });
});
