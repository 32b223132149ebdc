export interface ExportResult {
  ms: number;
  rows: number;
}

export interface ProductExport extends ExportResult {
  /** the most memory that the process took in the first and in the second half of its time */
  halves: { firstBytes: number; secondBytes: number };
}
