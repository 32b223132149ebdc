export interface ImportResult {
  ms: number;
  accepted: number;
  rejected: number;
  duplicates: number;
}

/** The product's own figures. */
export interface ProductImport extends ImportResult {
  /** of `ms`, the loading by the job */
  loadMs: number;
  /** how long the process's event loop was held up while the job ran: 99 of 100 times less than this */
  loopDelayP99Ms: number;
}

/** All that an import writes of a contact. */
export const contactColumns =
  'row_number, number, numbers, dedupe_key, name, timezone, timezone_source, priority, cells';
