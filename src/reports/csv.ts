import { stringify } from 'csv-stringify/sync';

/**
 * Lines of CSV as RFC 4180 has them, ended by a newline each. A cell comes back from any reader as it went in: one
 * with a carriage return is quoted too (some readers end a line there), and so is one with a space at its end
 * (some readers cut it off).
 */
export function csvLines(records: readonly (readonly string[])[]): string {
  return stringify(
    records.map((record) => [...record]),
    { quoted_match: [/[\r\n]/, /^\s|\s$/], record_delimiter: '\n' },
  );
}
