import type { ImportCounts } from '../contacts/import-done.ts';

/** What came of a list, in a few words. */
export function loadedText({ accepted, rejected, duplicates }: ImportCounts): string {
  const left =
    rejected + duplicates === 0
      ? ''
      : ` (${counted(rejected, 'row')} rejected, ${counted(duplicates, 'duplicate')} left out)`;
  return `${counted(accepted, 'contact')} loaded${left}`;
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
