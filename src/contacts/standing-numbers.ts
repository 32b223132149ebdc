import type { Queryable } from '../db/pool.ts';
import type { DuplicateRule } from './duplicate-rule.ts';
import type { Standing } from './duplicates.ts';
import { needsRepeats } from './duplicates.ts';
import { lapsedNumbers } from './lapsed-suppressions.ts';
import { createNumberSet } from './number-set.ts';
import type { NumberSet } from './number-set.ts';

/** Numbers are fetched so many at a time: those of a large campaign are never all there as texts. */
const numbersAtOnce = 50_000;

interface Asked {
  campaignId: number;
  accountId: number;
  /** only these are of interest; null: all there are */
  numbers: readonly string[] | null;
}

/** The numbers that were there before a list, as far as the rule asks for them. */
export async function standingNumbers(
  queryable: Queryable,
  of: Asked,
  rule: DuplicateRule,
): Promise<Standing> {
  const none = rule.keep === 'all' || rule.within === 'file';
  return {
    campaign: none ? new Map<string, boolean>() : await numbersThatCount(queryable, of, rule),
    account:
      none || rule.within === 'campaign'
        ? createNumberSet()
        : await numbersOfAccount(queryable, of, rule.days),
  };
}

async function numbersThatCount(
  queryable: Queryable,
  of: Asked,
  rule: DuplicateRule,
): Promise<Standing['campaign']> {
  const standing = await numbersOfCampaign(queryable, of, rule);
  const lapsed = await lapsedNumbers(queryable, of);
  if (lapsed.size === 0) return standing;
  return { get: (number) => (lapsed.has(number) ? undefined : standing.get(number)) };
}

async function numbersOfCampaign(
  queryable: Queryable,
  { campaignId, numbers }: Asked,
  rule: DuplicateRule,
): Promise<Standing['campaign']> {
  if (numbers === null && !needsRepeats(rule)) return await keysOfCampaign(queryable, campaignId);
  const these = numbers === null ? '$2::text[] is null and dedupe_key is not null' : 'dedupe_key = any($2)';
  const found = await queryable.query<{ dedupe_key: string; waits: boolean }>(
    `select dedupe_key, ${waitsForFirstCall('c')} as waits from contacts c where campaign_id = $1 and ${these}`,
    [campaignId, numbers],
  );
  return new Map(found.rows.map((row) => [row.dedupe_key, row.waits]));
}

/** Where the first row of a number is kept, nobody asks whether its contact still waits. */
async function keysOfCampaign(queryable: Queryable, campaignId: number): Promise<Standing['campaign']> {
  const numbers = createNumberSet();
  let after = '';
  do {
    const page = await queryable.query<{ keys: string | null; last: string | null }>(
      `select string_agg(dedupe_key, ',') as keys, max(dedupe_key) as last from (
         select dedupe_key from contacts where campaign_id = $1 and dedupe_key > $2 order by dedupe_key limit $3) page`,
      [campaignId, after, numbersAtOnce],
    );
    after = addAll(numbers, page.rows[0]?.keys ?? null) ? (page.rows[0]?.last ?? '') : '';
  } while (after !== '');
  return { get: (number) => (numbers.has(number) ? false : undefined) };
}

/** Adds numbers parted by commas; whether there were any. */
function addAll(numbers: NumberSet, text: string | null): boolean {
  if (text === null) return false;
  for (const number of text.split(',')) numbers.add(number);
  return true;
}

/** The condition under which a contact was never called and still will be. */
export function waitsForFirstCall(contact: string): string {
  return `(${contact}.state = 'pending' and not exists (select 1 from attempts t where t.contact_id = ${contact}.id))`;
}

/** Whoever was not called there and will not be, such as the contacts of a campaign that was canceled, may be called here. */
async function numbersOfAccount(
  queryable: Queryable,
  { campaignId, accountId, numbers: asked }: Asked,
  days: number,
): Promise<NumberSet> {
  const numbers = createNumberSet();
  const imports = await queryable.query<{ id: number }>(
    `select i.id from campaigns k join imports i on i.campaign_id = k.id
     where k.account_id = $1 and k.id <> $2 and i.created_at > dialer_now() - $3 * interval '1 day' order by i.id`,
    [accountId, campaignId, days],
  );
  const ids = imports.rows.map((row) => row.id);
  if (asked === null) for (const id of ids) await addNumbersOfImport(queryable, id, numbers);
  else await addThoseAsked(queryable, ids, asked, numbers);
  return numbers;
}

async function addThoseAsked(
  queryable: Queryable,
  importIds: readonly number[],
  asked: readonly string[],
  numbers: NumberSet,
): Promise<void> {
  const found = await queryable.query<{ number: string }>(
    `select coalesce(dedupe_key, numbers[1]) as number from contacts c
     where (number = any($1) or (cardinality(numbers) > 1 and numbers && $1))
       and import_id = any($2::bigint[]) and ${countsElsewhere}`,
    [asked, importIds],
  );
  for (const { number } of found.rows) numbers.add(number);
}

const countsElsewhere = `(state not in ('canceled', 'expired') or exists (select 1 from attempts t where t.contact_id = c.id))`;

async function addNumbersOfImport(queryable: Queryable, importId: number, numbers: NumberSet): Promise<void> {
  let page: NumberPage = { numbers: null, last: -1 };
  while (page.last !== null) {
    page = await numbersAfter(queryable, importId, page.last);
    addAll(numbers, page.numbers);
  }
}

interface NumberPage {
  /** parted by commas; null: none */
  numbers: string | null;
  /** the last row that was looked at; null: there were none */
  last: number | null;
}

async function numbersAfter(queryable: Queryable, importId: number, after: number): Promise<NumberPage> {
  const page = await queryable.query<NumberPage>(
    `select string_agg(coalesce(dedupe_key, numbers[1]), ',')
         filter (where ${countsElsewhere}) as numbers,
       max(row_number) as last
     from (select * from contacts where import_id = $1 and row_number > $2 order by row_number limit $3) c`,
    [importId, after, numbersAtOnce],
  );
  return page.rows[0] ?? { numbers: null, last: null };
}
