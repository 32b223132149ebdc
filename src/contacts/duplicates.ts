/** What stands in the way of a second row with one number: a row of another list, or an earlier one of this list. */
export type DuplicateOf = 'campaign' | 'file';

/**
 * A function that takes in numbers in the order of their rows and says which of them were there before; the first of
 * several is kept.
 */
export function createDuplicateFinder(inCampaign: readonly string[]): (number: string) => DuplicateOf | null {
  const before = new Set(inCampaign);
  const inFile = new Set<string>();
  return (number) => {
    if (before.has(number)) return 'campaign';
    if (inFile.has(number)) return 'file';
    inFile.add(number);
    return null;
  };
}
