import type { AcceptedRow, ContactRow } from './contact-row.ts';
import type { DuplicateKind, DuplicateRule } from './duplicate-rule.ts';
import { mergedRows } from './merge-rows.ts';
import { createNumberSet } from './number-set.ts';
import type { NumberSet } from './number-set.ts';

/** The numbers that were there before a list. */
export interface Standing {
  /** of the campaign, and whether the contact still waits for its first call */
  readonly campaign: Pick<ReadonlyMap<string, boolean>, 'get'>;
  /** of the account's other campaigns, as far back as the rule looks */
  readonly account: Pick<NumberSet, 'has'>;
}

export type Judgement =
  | {
      readonly kind: 'take';
      readonly row: AcceptedRow;
      /** null: a second contact with this number may stand beside it */
      readonly dedupeKey: string | null;
      /** an earlier contact of the campaign makes room for it */
      readonly replaces: boolean;
    }
  /** `row` is what there is of its number in the list */
  | { readonly kind: 'leave'; readonly why: DuplicateKind; readonly row: AcceptedRow };

/** What a first reading of a list tells of numbers that stand in several of its rows. */
export interface Repeats {
  /** of each such number, the row that stands last */
  readonly lastRow: ReadonlyMap<string, number>;
  /** of each such number, the rows after the first; as many as can still add something */
  readonly laterRows: ReadonlyMap<string, readonly AcceptedRow[]>;
}

/** Rows of one number that are looked at to fill up the first. */
const MOST_MERGED = 100;

/** Whether a list has to be read twice: which rows of a number are kept shows only at its end. */
export function needsRepeats({ keep }: DuplicateRule): boolean {
  return keep === 'last' || keep === 'merge';
}

export const noRepeats: Repeats = { lastRow: new Map(), laterRows: new Map() };

export async function findRepeats(
  rule: DuplicateRule,
  batches: AsyncIterable<readonly ContactRow[]>,
): Promise<Repeats> {
  const seen = createNumberSet();
  const lastRow = new Map<string, number>();
  const laterRows = new Map<string, AcceptedRow[]>();
  for await (const batch of batches) {
    for (const row of batch) {
      if ('reject' in row) continue;
      if (seen.add(row.number)) continue;
      if (rule.keep === 'last') {
        lastRow.set(row.number, row.rowNumber);
        continue;
      }
      const later = laterRows.get(row.number) ?? [];
      laterRows.set(row.number, later);
      if (later.length < MOST_MERGED) later.push(row);
    }
  }
  return { lastRow, laterRows };
}

/** A function that takes in the good rows of a list in their order and says what becomes of each by the rule. */
export function createDuplicateJudge(
  rule: DuplicateRule,
  standing: Standing,
  repeats: Repeats,
): (row: AcceptedRow) => Judgement {
  const taken = createNumberSet();
  const key = (number: string) => (rule.within === 'file' || rule.keep === 'all' ? null : number);
  const take = (row: AcceptedRow, replaces = false): Judgement => ({
    kind: 'take',
    row,
    dedupeKey: key(row.number),
    replaces,
  });

  const inFile = (row: AcceptedRow): AcceptedRow | DuplicateKind => {
    const { number } = row;
    switch (rule.keep) {
      case 'all':
        return row;
      case 'first':
        return taken.add(number) ? row : 'file';
      case 'last':
        return (repeats.lastRow.get(number) ?? row.rowNumber) === row.rowNumber ? row : 'later_row';
      case 'merge': {
        const later = repeats.laterRows.get(number);
        if (later === undefined) return row;
        return taken.add(number) ? mergedRows(row, later) : 'merged_into_file';
      }
    }
  };

  return (given) => {
    if (rule.keep === 'all') return take(given);
    if (rule.within === 'account' && standing.account.has(given.number)) return leave('account', given);
    const waits = rule.within === 'file' ? undefined : standing.campaign.get(given.number);
    if (waits !== undefined && rule.keep === 'first') return leave('campaign', given);
    if (waits === false) return leave('called', given);
    const row = inFile(given);
    if (typeof row === 'string') return leave(row, given);
    if (waits === undefined) return take(row);
    return rule.keep === 'last' ? take(row, true) : leave('merged_into_campaign', row);
  };
}

function leave(why: DuplicateKind, row: AcceptedRow): Judgement {
  return { kind: 'leave', why, row };
}
