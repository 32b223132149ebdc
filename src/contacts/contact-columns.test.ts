import { describe, expect, test } from 'vitest';
import { NO_MAPPING, findContactColumns } from './contact-columns.ts';
import type { ColumnMapping } from './contact-columns.ts';
import { ONE, inShort, opened, problemOf, rowsOf } from './testing/read-list.ts';

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
    expect(list.columns).toEqual({ phones: [1], name: null, timezone: null, priority: null });
  });

  test('finds name, timezone and priority too, and keeps the other cells as they are', async () => {
    const rows = await rowsOf(
      `policy,Customer Name,Mobile,TZ,Priority\nP-1," Asha Rao ",${ONE},asia/dubai,5\nP-2,,+91 90000 00002,,\n`,
    );
    expect(rows).toEqual([
      {
        rowNumber: 2,
        cells: ['P-1', ' Asha Rao ', ONE, 'asia/dubai', '5'],
        number: '+919000000001',
        badNumbers: 0,
        contact: {
          numbers: ['+919000000001'],
          name: 'Asha Rao',
          timezone: 'Asia/Dubai',
          timezoneSource: 'column',
          priority: 5,
        },
      },
      {
        rowNumber: 3,
        cells: ['P-2', '', '+91 90000 00002', '', ''],
        number: '+919000000002',
        badNumbers: 0,
        contact: {
          numbers: ['+919000000002'],
          name: null,
          timezone: 'Asia/Kolkata',
          timezoneSource: 'number',
          priority: 0,
        },
      },
    ]);
  });

  test('takes a mapped column, exactly or in another case, before any common name', async () => {
    const content = `phone,Alt No,ALT NO\n${ONE},9000000002,9000000003\n`;
    expect((await opened(content, { phone: 'ALT NO' })).columns.phones).toEqual([2]);
    expect((await opened(`phone,Alt No\n${ONE},9000000002\n`, { phone: 'alt no' })).columns.phones).toEqual([
      1,
    ]);
    expect(await problemOf(content, { phone: 'alt no' })).toMatch(/two columns are called "Alt No"/);
  });

  test('says which columns there are when a mapped one is not among them', async () => {
    expect(await problemOf(`phone,city\n${ONE},Pune\n`, { name: 'Customer' })).toBe(
      'list.csv: there is no column "Customer" to take the name from; the columns are "phone", "city"',
    );
  });

  test('refuses a list without a phone column, with its columns and how to map one', async () => {
    expect(await problemOf('Customer,Reach at\nAsha,9000000001\n')).toBe(
      'list.csv: there is no phone column; the columns are "Customer", "Reach at"; say which holds the number, as in --map phone="Reach at" or "columns: { phone: "Reach at" }" in the campaign file',
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
    expect(list.columns.phones).toEqual([1]);
    expect(list.warnings).toEqual([
      'list.csv: numbers are taken from "Phone"; "Mobile" is kept but not dialled (to dial it too: --map phone=Phone,Mobile)',
    ]);
  });

  test.each([
    ['Phone,Phone 2', [0, 1]],
    ['Alternate Number,Name,Mobile No.', [2, 0]],
    ['Mobile 1,Mobile 2,Mobile 3,Alt Mobile', [0, 1, 2, 3]],
    ['Contact Number,Secondary Phone,Second Owner,Alternate', [0, 1]],
    ['Phone,Phone 12,Phone2 Type', [0]],
  ])('finds further numbers of a person in %j', async (header, phones) => {
    const list = await opened(`${header}\n${ONE},9000000002,9000000003,9000000004\n`.replace(/,+$/, ''));
    expect(list.columns.phones).toEqual(phones);
    expect(list.warnings).toEqual([]);
  });

  test.each<[ColumnMapping['phone']]>([['Cell, Home'], [['Cell', 'Home']], ['cell,home,Cell']])(
    'takes several columns in the order in which they are named: %j',
    async (phone) => {
      expect((await opened(`Home,Cell\n${ONE},9000000002\n`, { phone })).columns.phones).toEqual([1, 0]);
    },
  );

  test('takes a column whose very name has a comma, and says which of several is missing', async () => {
    const content = `"Cell, private",Home\n${ONE},9000000002\n`;
    expect((await opened(content, { phone: 'Cell, private' })).columns.phones).toEqual([0]);
    expect((await opened(content, { phone: ['Home', 'Cell, private'] })).columns.phones).toEqual([1, 0]);
    expect(await problemOf(content, { phone: 'Home,Office' })).toMatch(/there is no column "Office"/);
  });
});

describe('a row with several numbers', () => {
  test('keeps the good ones in order, each once, and counts the bad ones', async () => {
    const rows = await rowsOf(
      'phone,phone 2,phone 3,phone 4\n90000 00001,,+91 90000 00001,9000000003\n12,9000000002,nobody,-\n',
    );
    expect(rows).toMatchObject([
      { number: '+919000000001', badNumbers: 0, contact: { numbers: ['+919000000001', '+919000000003'] } },
      { number: '+919000000002', badNumbers: 2, contact: { numbers: ['+919000000002'] } },
    ]);
  });

  test('is rejected only where none is good, for the first that holds something', async () => {
    expect(await inShort('phone,phone 2\n,12\n,\n-,x\n,\n9000000001,\n')).toEqual([
      '2 too_short',
      '3 empty',
      '4 not_a_number',
      '5 empty',
      '6 +919000000001',
    ]);
  });
});

describe('the time zone of a contact', () => {
  test.each([
    ['+91 90000 00001', '', 'Asia/Kolkata', 'number'],
    ['+971 50 123 4567', '', 'Asia/Dubai', 'number'],
    ['+44 7400 123456', '', 'Europe/London', 'number'],
    ['+49 1512 3456789', '', 'Europe/Berlin', 'number'],
    ['+977 984 1234567', '', 'Asia/Kathmandu', 'number'],
    // several clocks: all of them
    ['+1 202 555 0123', '', 'US', 'number'],
    ['+7 912 345 67 89', '', 'RU', 'number'],
    // no country at all
    ['+800 1234 5678', '', null, 'campaign'],
    // what is said in the country of the number
    ['+91 90000 00001', 'IST', 'Asia/Kolkata', 'column'],
    ['+91 90000 00001', '+05:30', 'Asia/Kolkata', 'column'],
    ['+91 90000 00001', 'GMT+5:30', 'Asia/Kolkata', 'column'],
    ['+91 90000 00001', 'India Standard Time', 'Asia/Kolkata', 'column'],
    ['+91 90000 00001', '(UTC+05:30) Chennai', 'Asia/Kolkata', 'column'],
    ['+91 90000 00001', '(GMT+04:00) Gulf Standard Time (Asia/Dubai)', 'Asia/Dubai', 'column'],
    ['+1 212 555 0123', 'Eastern Time', 'America/Detroit', 'column'],
    ['+1 212 555 0123', 'PST', 'America/Los_Angeles', 'column'],
    // in winter by the clock of the mountains, in summer by that of the coast
    ['+1 212 555 0123', '-07:00', 'US', 'column'],
    // the prefix tells the country
    ['+1 868 620 1234', '', 'America/Port_of_Spain', 'number'],
    ['+1 202 555 0123', 'america/new_york', 'America/New_York', 'column'],
    ['+91 90000 00001', 'Asia/Dubai', 'Asia/Dubai', 'column'],
  ])('of %s with %j in its column is %j, from the %s', async (phone, zone, timezone, timezoneSource) => {
    expect(await rowsOf(`phone,timezone\n${phone},${zone}\n`)).toMatchObject([
      { contact: { timezone, timezoneSource } },
    ]);
  });
});

describe('the column of the numbers', () => {
  test.each([
    ['Mobile Number 1,Mobile Number 2', [0, 1]],
    ['Name,Phone Number 1', [1]],
    ['Contact No. 1', [0]],
    ['Primary Phone Number', [0]],
    ['Mobile Phone Number', [0]],
    ['Customer Mobile No.', [0]],
    ['Phone (Mobile)', [0]],
    ['Name,Contact', [1]],
    ['Contact,Phone', [1]],
    ['Registered Contact Number', [0]],
  ])('is found in the header %s', (header, phones) => {
    const reading = findContactColumns(header.split(','), NO_MAPPING, 'IN');
    expect(reading).toMatchObject({ columns: { phones }, warnings: [] });
  });

  test.each(['Contacted,Name', 'Customer,Email', 'Mobile Operator,Phone Model,Contact Person'])(
    'is not taken for one in %s',
    (header) => {
      expect(findContactColumns(header.split(','), NO_MAPPING, 'IN')).toHaveProperty('problems');
    },
  );

  test.each([
    [
      'Name,Reach\nAsha,9000000001\n',
      '"Name", "Reach"; say which holds the number, as in --map phone=Reach or',
    ],
    [
      'Report of November\nName,Reach\nAsha,9000000001\n',
      '"Name", "Reach"; say which holds the number, as in --map phone=Reach or',
    ],
  ])('is told by its cells where its name says nothing: %j', async (text, message) => {
    expect(await problemOf(text)).toContain(message);
  });
});
