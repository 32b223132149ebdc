import type { Writable } from 'node:stream';
import { writeRowsAsText } from './report-rows.ts';
import type { ExportOptions, ReportRow, ReportRows, Value } from './report-rows.ts';
import { createZonedTime } from './zoned-time.ts';

/**
 * Writes contacts as JSON lines. Their list's columns are an object under `row`, so that no name of theirs can meet one
 * of ours; of two columns by one name the second is told as `name (2)`.
 * @returns how many were written
 * @throws UserError when they are not all
 */
export async function writeRowsJsonl(
  rows: ReportRows,
  output: Writable,
  options: ExportOptions = {},
): Promise<number> {
  const iso = createZonedTime(rows.timezone);
  const ownKeys = uniqueKeys(rows.own).map(keyText);
  const ourKeys = rows.ours.map(keyText);

  // written out by hand: an object would move columns named by numbers to the front
  function line({ own, ours }: ReportRow): string {
    const cells = ownKeys.map((key, index) => key + JSON.stringify(own[index]));
    const values = ourKeys.map((key, index) => key + JSON.stringify(valueOf(ours[index] ?? null, iso)));
    return `{"row":{${cells.join(',')}},${values.join(',')}}\n`;
  }

  return await writeRowsAsText(rows, output, options, {
    begin: '',
    page: (page) => page.map(line).join(''),
  });
}

function keyText(name: string): string {
  return `${JSON.stringify(name)}:`;
}

function valueOf(value: Value, iso: (instant: Date) => string): string | number | null {
  return value instanceof Date ? iso(value) : value;
}

/** Names as they are, but each of them once: a JSON reader keeps only the last of several. */
export function uniqueKeys(names: readonly string[]): string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  return names.map((name) => {
    let key = name;
    for (let occurrence = 2; seen.has(key) || (key !== name && taken.has(key)); occurrence += 1) {
      key = `${name} (${occurrence})`;
    }
    seen.add(key);
    return key;
  });
}
