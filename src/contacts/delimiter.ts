export type Delimiter = ',' | ';' | '\t' | '|';

const DELIMITERS: readonly Delimiter[] = [',', ';', '\t', '|'];
const EXCEL_HINT = /^"?sep=([,;\t|])"?$/i;

export interface ListLayout {
  readonly delimiter: Delimiter;
  /** Characters in front of the header that are none of it: Excel's `sep=;` line, where there is one. */
  readonly skip: number;
}

/** A title, a date and the like stand above the header at the most. */
const LINES_LOOKED_AT = 10;

/**
 * Tells what separates the cells of a list: Excel's own `sep=;` in its first line says so, else it is the one of
 * `, ; tab |` that stands most often outside quotes in the first line that has any. A title above the header has none.
 */
export function findDelimiter(head: string): ListLayout {
  const lineStart = /^(?:[ \t]*[\r\n])*/.exec(head)?.[0].length ?? 0;
  const line = firstLine(head.slice(lineStart));
  const hinted = DELIMITERS.find(
    (delimiter) => delimiter === EXCEL_HINT.exec(line.replace(/[\r\n]+$/, ''))?.[1],
  );
  if (hinted !== undefined) return { delimiter: hinted, skip: lineStart + line.length };
  let from = lineStart;
  for (let lines = 0; lines < LINES_LOOKED_AT && from < head.length; lines += 1) {
    const next = firstLine(head.slice(from));
    const delimiter = mostFrequent(next);
    if (delimiter !== null) return { delimiter, skip: 0 };
    from += next.length;
  }
  return { delimiter: ',', skip: 0 };
}

function mostFrequent(line: string): Delimiter | null {
  const outsideQuotes = line.replaceAll(/"(?:[^"]|"")*"/g, '');
  let best: Delimiter | null = null;
  let most = 0;
  for (const delimiter of DELIMITERS) {
    const count = outsideQuotes.split(delimiter).length - 1;
    if (count <= most) continue;
    best = delimiter;
    most = count;
  }
  return best;
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
