import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export type Value = string | number | Date | null;

export interface ReportRow {
  /** the cells of the list, one for each name in `own` */
  own: string[];
  /** one for each name in `ours` */
  ours: Value[];
}

/** The rows of an export, whatever form they are written in. */
export interface ReportRows {
  what: 'contacts' | 'attempts';
  /** the columns of the campaign's lists; a name may stand there twice, or be empty */
  own: readonly string[];
  ours: readonly string[];
  /** of the campaign, in which times are told */
  timezone: string;
  /** how many there are at this moment; a campaign that dials adds attempts while they are read */
  count(): Promise<number>;
  pages(rowsAtOnce: number): AsyncGenerator<ReportRow[], void, void>;
  /** @throws UserError when as many rows as were written are not all there should be */
  requireAll(written: number): void;
}

export interface ExportOptions {
  signal?: AbortSignal;
  rowsAtOnce?: number;
}

/** What is written as text here is made of so many rows at once: beside them a process does nothing else. */
export const rowsOfText = 500;

export interface TextForm {
  begin: string;
  page: (rows: readonly ReportRow[]) => string;
}

/**
 * Writes rows as text, a page after the other, so that memory does not grow with them. Leaves the output open.
 * @returns how many were written
 * @throws UserError when they are not all
 */
export async function writeRowsAsText(
  rows: ReportRows,
  output: Writable,
  { signal, rowsAtOnce = rowsOfText }: ExportOptions,
  form: TextForm,
): Promise<number> {
  let written = 0;

  async function* parts(): AsyncGenerator<string, void, void> {
    if (form.begin !== '') yield form.begin;
    for await (const page of rows.pages(rowsAtOnce)) {
      written += page.length;
      yield form.page(page);
    }
  }

  await pipeline(Readable.from(parts(), { highWaterMark: 1 }), output, {
    end: false,
    ...(signal && { signal }),
  });
  rows.requireAll(written);
  return written;
}
