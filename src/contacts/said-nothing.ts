/** What programs and people write into a cell where there is nothing. */
const NOTHING = /^(?:n\/?a|#n\/a|\(?null\)?|nil|none|nan|undefined|-+|–|—|\.)$/i;

/** A cell without the spaces around it; empty where it only says that there is nothing. */
export function saidIn(cell: string): string {
  const text = cell.trim();
  return text !== '' && NOTHING.test(text) ? '' : text;
}
