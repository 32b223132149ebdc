import type { SuppressedCounts } from '../contacts/suppress-numbers.ts';
import type { ImportedSuppressions } from '../contacts/suppression-list.ts';
import type { SuppressionScope } from '../contacts/suppression-scope.ts';
import type { RemovedSuppression, Suppression } from '../contacts/suppressions.ts';
import { cellText } from './cell-text.ts';
import { tableOf } from './output.ts';
import { roughly } from './progress.ts';

type Where = Pick<SuppressionScope, 'account' | 'campaign'>;

/** What suppressing one number came to, in a sentence. */
export function addedSentence(
  number: string,
  where: Where,
  counts: SuppressedCounts,
  expiresAt: Date | null,
): string {
  const word =
    counts.added > 0 ? 'is suppressed' : counts.extended > 0 ? 'stays suppressed' : 'was suppressed already';
  const until = expiresAt === null ? 'for good' : `until ${expiresAt.toISOString()}`;
  return [`${number} ${word} ${placeOf(where)}, ${until}`, ...effects(counts)].join('; ');
}

const rejectsShown = 20;

/** What importing a list came to: the answer, and a line for each of the first rows that hold no number. */
export function importedLines(
  file: string,
  where: Where,
  imported: ImportedSuppressions,
): { answer: string; rejects: string[] } {
  const { added, extended, already, rejected } = imported;
  const counts = [
    `${added} ${numbers(added)} added`,
    ...(extended === 0 ? [] : [`${extended} suppressed for longer`]),
    `${already} suppressed already`,
    `${rejected} rejected`,
  ];
  const shown = imported.rejects.slice(0, rejectsShown);
  const rejects = shown.map(({ rowNumber, reason, mend }) => `${file}:${rowNumber} ${reason}; ${mend}`);
  const more = rejected - shown.length;
  if (more > 0) rejects.push(`and ${more} more rows were rejected; \`--json\` tells the first thousand`);
  const answer = [`suppressed ${placeOf(where)}: ${counts.join(', ')}`, ...effects(imported)].join('; ');
  return { answer, rejects };
}

function effects({ contacts, live }: SuppressedCounts): string[] {
  return [
    contacts === 0
      ? 'no contact waited to be called'
      : contacts === 1
        ? '1 contact that waited is not called any more'
        : `${contacts} contacts that waited are not called any more`,
    ...(live === 0
      ? []
      : [
          live === 1
            ? '1 call under way goes on and is not repeated'
            : `${live} calls under way go on and are not repeated`,
        ]),
  ];
}

/** What ending a suppression came to, and what it did not. */
export function removedLines(removed: RemovedSuppression): string[] {
  const { number, contactsStaySuppressed: stay, stillSuppressedFor } = removed;
  const others = stillSuppressedFor.map((campaign) => campaign ?? 'the whole account').join(', ');
  const stays =
    stay === 0
      ? 'no contact was suppressed by it'
      : stay === 1
        ? '1 contact that was suppressed stays so'
        : `${stay} contacts that were suppressed stay so`;
  return [
    `${number} is not suppressed any more ${placeOf(removed)}: lists that are loaded from now on may call it; ${stays}`,
    ...(others === '' ? [] : [`it is still suppressed for ${others}`]),
  ];
}

function placeOf({ account, campaign }: Where): string {
  return campaign === null ? `in account ${account}` : `for campaign ${campaign}`;
}

function numbers(count: number): string {
  return count === 1 ? 'number' : 'numbers';
}

const widestReason = 40;

/** One line a suppression; reasons are cut to what the terminal has room for. */
export function renderSuppressions(suppressions: readonly Suppression[], now: Date, columns: number): string {
  const whole = tableWith(suppressions, now, widestReason);
  const tooWide = Math.max(...whole.split('\n').map((line) => line.length)) - columns;
  return tooWide > 0 ? tableWith(suppressions, now, Math.max(12, widestReason - tooWide)) : whole;
}

function tableWith(suppressions: readonly Suppression[], now: Date, reasonWidth: number): string {
  const several = new Set(suppressions.map((one) => one.account)).size > 1;
  const head = ['number', 'for', 'since', 'left', 'by', 'why', ...(several ? ['account'] : [])];
  const rows = suppressions.map((one) => [
    one.number,
    one.campaign ?? 'whole account',
    `${roughly(Math.max(0, now.getTime() - one.createdAt.getTime()))} ago`,
    one.expiresAt === null ? 'for good' : roughly(one.expiresAt.getTime() - now.getTime()),
    cellText(one.actor, 24),
    cellText(one.reason ?? (one.source === 'person' ? '' : one.source), reasonWidth),
    ...(several ? [one.account] : []),
  ]);
  return tableOf(head, rows);
}
