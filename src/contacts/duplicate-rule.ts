/** What becomes of a row whose number was there before. Plain JSON: it is stored with the campaign. */
export interface DuplicateRule {
  /** where a row is looked for that was there before; `account`: also in the account's other campaigns */
  readonly within: 'file' | 'campaign' | 'account';
  /** how far back lists of other campaigns count */
  readonly days: number;
  /** `all`: no row counts as a duplicate */
  readonly keep: 'first' | 'last' | 'merge' | 'all';
}

/** The rule of a campaign that says nothing. */
export const defaultDuplicateRule: DuplicateRule = { within: 'campaign', days: 30, keep: 'first' };

/** Why a row is left out, in the order in which this is looked at. */
export type DuplicateKind =
  'account' | 'called' | 'campaign' | 'merged_into_campaign' | 'file' | 'later_row' | 'merged_into_file';

/** The word for all of them in the rejects; the reason tells them apart. */
export const duplicateCode = 'duplicate';

export function duplicateReject(
  kind: DuplicateKind,
  { days }: DuplicateRule,
): { code: string; reason: string; mend: string } {
  return { code: duplicateCode, ...words(kind, days) };
}

function words(kind: DuplicateKind, days: number): { reason: string; mend: string } {
  switch (kind) {
    case 'account':
      return {
        reason: `the number came in with a list of another campaign of the account in the last ${days} days`,
        mend: 'nothing has to be done: what came of it stands in the report of that campaign',
      };
    case 'called':
      return {
        reason:
          'the number stands in an earlier list of this campaign and was called already, or is not called',
        mend: 'nothing has to be done: what came of it stands in the report',
      };
    case 'campaign':
      return {
        reason: 'the number stands in an earlier list of this campaign',
        mend: 'nothing has to be done: the earlier row counts, and what came of it stands in the report',
      };
    case 'merged_into_campaign':
      return {
        reason:
          'the number stands in an earlier list of this campaign, and this row filled up what was empty there',
        mend: 'nothing has to be done: the earlier row counts',
      };
    case 'file':
      return {
        reason: 'the number stands in an earlier row of this list',
        mend: 'nothing has to be done: the earlier row counts',
      };
    case 'later_row':
      return {
        reason: 'the number stands in a later row of this list',
        mend: 'nothing has to be done: the later row counts',
      };
    case 'merged_into_file':
      return {
        reason:
          'the number stands in an earlier row of this list, and this row filled up what was empty there',
        mend: 'nothing has to be done: the earlier row counts',
      };
  }
}
