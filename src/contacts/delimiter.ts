export type Delimiter = ',' | ';' | '\t' | '|';

const DELIMITERS: readonly Delimiter[] = [',', ';', '\t', '|'];
const EXCEL_HINT = /^"?sep=([,;\t|])"?$/i;

export interface ListLayout {
  readonly delimiter: Delimiter;
  /** Characters in front of the header that are none of it: Excel's `sep=;` line, where there is one. */
  readonly skip: number;
}

/** A title, a date and the like stand above the header at the most. */
const LINES_LOOKED_AT = 20;

/**
 * What may separate the cells of a list, the likeliest first: Excel's own `sep=;` in its first line says so, else each of
 * `, ; tab |` that stands outside quotes in the first lines, and first the one that stands most often in the first line
 * that has any. A title above the header may have none, or others.
 */
export function findDelimiters(head: string): readonly [ListLayout, ...ListLayout[]] {
  const lineStart = /^(?:[ \t]*[\r\n])*/.exec(head)?.[0].length ?? 0;
  const line = firstLine(head.slice(lineStart));
  const hinted = DELIMITERS.find(
    (delimiter) => delimiter === EXCEL_HINT.exec(line.replace(/[\r\n]+$/, ''))?.[1],
  );
  if (hinted !== undefined) return [{ delimiter: hinted, skip: lineStart + line.length }];
  const seen = new Set<Delimiter>();
  let from = lineStart;
  for (let lines = 0; lines < LINES_LOOKED_AT && from < head.length; lines += 1) {
    const next = firstLine(head.slice(from));
    for (const delimiter of byFrequency(next)) seen.add(delimiter);
    from += next.length;
  }
  const [likeliest = ',', ...others] = seen;
  return [{ delimiter: likeliest, skip: 0 }, ...others.map((delimiter) => ({ delimiter, skip: 0 }))];
}

/** Those that stand in a line outside quotes, the most frequent first. */
function byFrequency(line: string): Delimiter[] {
  const outsideQuotes = line.replaceAll(/"(?:[^"]|"")*"/g, '');
  return DELIMITERS.map((delimiter) => ({ delimiter, count: outsideQuotes.split(delimiter).length - 1 }))
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count)
    .map(({ delimiter }) => delimiter);
}

/** The first line with its line end. A line end inside quotes belongs to a cell. */
function firstLine(text: string): string {
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '"') quoted = !quoted;
    if (quoted || (character !== '\n' && character !== '\r')) continue;
    const end = character === '\r' && text[index + 1] === '\n' ? index + 2 : index + 1;
    return text.slice(0, end);
  }
  return text;
}
