import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openContactList } from '../../src/contacts/contact-list.ts';
import { isCountry } from '../../src/campaigns/contact-hours.ts';
import { contactTable } from '../../src/contacts/contact-columns.ts';
import type { ContactRow } from '../../src/contacts/contact-row.ts';
import { isEmptyRow } from '../../src/contacts/contact-row.ts';
import type { DuplicateRule } from '../../src/contacts/duplicate-rule.ts';
import { openTable } from '../../src/contacts/table.ts';
import { optionsWith } from '../../src/contacts/testing/read-list.ts';
import { UserError } from '../../src/errors.ts';
import { testDatabase } from '../support/database.ts';
import { definitionOf, one, seed as seedCampaign } from '../support/seed.ts';
import { awkwardFiles } from './awkward/files.ts';
import { loadList } from './load-list.ts';
import { mutated, seededRandom } from './mutate.ts';

const files = 20_000;
const imports = 400;
const firstSeed = 1;
/** A hang; the slowest of a calm machine takes a hundredth of it. */
const longestMs = 20_000;

/** Lists of some length too: in a short one most changes hit the header. */
const plainList = (length: number, delimiter: string): Buffer => {
  const header = ['Mobile', 'Name', 'Phone 2', 'Time Zone', 'Priority', 'Note'];
  const rows = Array.from({ length }, (_, row) => [
    `+91 9${String(row * 7_919_371).padStart(9, '0')}`,
    `Asha ${row}`,
    row % 3 === 0 ? `022 2345 67${String(row).padStart(2, '0')}` : '',
    row % 5 === 0 ? 'Asia/Dubai' : '',
    String(row % 4),
    `"said: ""later""${delimiter}\nor never"`,
  ]);
  return Buffer.from([header, ...rows].map((cells) => cells.join(delimiter)).join('\r\n'));
};
const plainLists = [',', ';', '\t'].map((delimiter) => plainList(40, delimiter));
/** Changes in their middle are met when many rows are read already. */
const longLists = [plainList(1500, ','), gzipSync(plainList(1500, ';'))];
const short = awkwardFiles
  .map(({ content }) => Buffer.from(content))
  .filter((content) => content.length < 20_000);
// nearly half of the files come from a plain list, and one in twenty from a long one
const originals = [
  ...short,
  ...Array.from(short, (_, index) => plainLists[index % plainLists.length] ?? Buffer.of()),
  ...Array.from(
    { length: Math.ceil(short.length / 10) },
    (_, index) => longLists[index % longLists.length] ?? Buffer.of(),
  ),
];

/** Odd ones cut through characters and line ends. */
const chunkSizes = [11, 97, 4_099, 65_536];

const fileOf = (seed: number): Buffer => mutated(originals, seededRandom(seed));

test(`${files} mutated files each come to rows that are accepted or rejected, or are refused in words`, async () => {
  const came = { read: 0, refused: 0, brokenOff: 0, accepted: 0, rejected: 0 };
  let slowest = 0;
  for (let seed = firstSeed; seed < firstSeed + files; seed += 1) {
    const started = performance.now();
    const content = fileOf(seed);
    try {
      const result = await readAll(content, chunkSizes[seed % chunkSizes.length] ?? 1);
      came[result.end] += 1;
      came.accepted += result.rows.filter((row) => !('reject' in row)).length;
      came.rejected += result.rows.filter((row) => 'reject' in row).length;
      expectEachRowDecided(result.rows);
      if (result.end === 'read') expect(result.rows.length).toBe(await filledRows(content, result.rows));
    } catch (error) {
      throw new Error(`file of seed ${seed}: ${content.toString('hex').slice(0, 4_000)}`, { cause: error });
    }
    slowest = Math.max(slowest, performance.now() - started);
    expect(slowest, `seed ${seed}`).toBeLessThan(longestMs);
  }
  process.stderr.write(`${JSON.stringify({ files, ...came, slowestMs: Math.round(slowest) })}\n`);
  expect(Math.min(...Object.values(came))).toBeGreaterThan(100);
}, 3_600_000);

test(`${imports} mutated files through the real import leave no row without its fate`, async () => {
  const { database } = await testDatabase();
  const { campaignId } = await seedCampaign(database, { numbers: [] });
  await database.query('delete from imports');
  const came: Record<string, number> = {};
  const keeps: DuplicateRule['keep'][] = ['first', 'last', 'merge', 'all'];
  for (let seed = firstSeed; seed < firstSeed + imports; seed += 1) {
    const duplicates = { within: 'campaign' as const, days: 30, keep: keeps[seed % 4] ?? 'first' };
    await database.query('update campaigns set definition = $1', [
      JSON.stringify(definitionOf('test', { duplicates })),
    ]);
    const content = fileOf(seed);
    const id = await loadList(database, campaignId, content);
    const result = await readAll(content, 65_536);
    const row = await one<Record<'state' | 'error', string> & Record<'left' | 'accepted', number>>(
      database,
      `select state, error, accepted, rejected + duplicates as left,
         (select count(*) from contacts c where c.import_id = i.id) as contacts,
         (select count(*) from import_rejects r where r.import_id = i.id) as rejects
       from imports i where id = $1`,
      [id],
    );
    came[row.state] = (came[row.state] ?? 0) + 1;
    expect([seed, row.state]).toEqual([seed, result.end === 'read' ? 'done' : 'failed']);
    expect(row).toMatchObject({ contacts: row.accepted, rejects: row.left });
    if (row.state === 'done') expect([seed, row.accepted + row.left]).toEqual([seed, result.rows.length]);
    else expect(row.error).toMatch(/^list\.csv: .{10}/);
  }
  process.stderr.write(`${JSON.stringify({ imports, ...came })}\n`);
  const { contacts, accepted } = await one<Record<'contacts' | 'accepted', number>>(
    database,
    `select (select count(*) from contacts) as contacts, sum(accepted)::int as accepted from imports`,
  );
  expect(contacts).toBe(accepted);
}, 3_600_000);

interface Result {
  end: 'read' | 'refused' | 'brokenOff';
  rows: ContactRow[];
}

async function readAll(content: Buffer, chunkBytes: number): Promise<Result> {
  const rows: ContactRow[] = [];
  const list = await openContactList(chunksOf(content, chunkBytes), optionsWith());
  if ('problems' in list) {
    for (const problem of list.problems) expect(problem).toMatch(/^list\.csv: .{10}/);
    return { end: 'refused', rows };
  }
  try {
    for await (const batch of list.batches()) rows.push(...batch);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).toMatch(/^list\.csv: .{10}/);
    return { end: 'brokenOff', rows };
  }
  return { end: 'read', rows };
}

function expectEachRowDecided(rows: readonly ContactRow[]): void {
  let before = 0;
  for (const row of rows) {
    expect(row.rowNumber).toBeGreaterThan(before);
    before = row.rowNumber;
    if ('reject' in row) {
      expect([row.reject.code, row.reject.reason, row.reject.mend]).not.toContain('');
      continue;
    }
    const { numbers, timezone, priority } = row.contact;
    expect(numbers.every((number) => /^\+[1-9]\d{5,14}$/.test(number))).toBe(true);
    expect([new Set(numbers).size, numbers[0]]).toEqual([numbers.length, row.number]);
    expect(Number.isInteger(priority)).toBe(true);
    if (timezone !== null && !isCountry(timezone))
      expect(() => new Intl.DateTimeFormat('en', { timeZone: timezone })).not.toThrow();
  }
}

/** How many rows the table under a list has: those with anything in them, and the empty ones before the last of those. */
async function filledRows(content: Buffer, rows: readonly ContactRow[]): Promise<number> {
  const { fileName, mapping, defaultRegion } = optionsWith();
  const table = await openTable(chunksOf(content, 65_536), fileName, contactTable(mapping, defaultRegion));
  let all = 0;
  let filled = 0;
  for await (const batch of table.batches()) {
    for (const { cells } of batch) {
      all += 1;
      if (!isEmptyRow(cells)) filled = all;
    }
  }
  // a list of nothing but empty rows is refused, and so is not counted here
  return rows.length === 0 ? 0 : filled;
}

async function* chunksOf(content: Buffer, size: number): AsyncGenerator<Buffer, void, void> {
  for (let from = 0; from < content.length; from += size) yield content.subarray(from, from + size);
}
