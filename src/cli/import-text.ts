import type { ImportCounts } from '../contacts/import-done.ts';

/** What came of a list, in a few words. */
export function loadedText(counts: ImportCounts): string {
  const { accepted, rejected, duplicates } = counts;
  const left =
    rejected + duplicates === 0
      ? ''
      : ` (${counted(rejected, 'row')} rejected, ${counted(duplicates, 'duplicate')} left out${mergedText(counts)})`;
  return `${counted(accepted, 'contact')} loaded${left}${besideText(counts)}`;
}

function mergedText({ merged }: ImportCounts): string {
  return merged === 0 ? '' : `, ${merged} of them merged into the rows before`;
}

/** What a list did beside loading its rows; empty where nothing. */
export function besideText({ replaced, badNumbers }: Pick<ImportCounts, 'replaced' | 'badNumbers'>): string {
  return [
    replaced === 0 ? '' : `; ${counted(replaced, 'earlier contact')} replaced`,
    badNumbers === 0 ? '' : `; ${counted(badNumbers, 'bad number')} beside good ones left out`,
  ].join('');
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
