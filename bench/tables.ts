import { tableOf } from '../src/cli/output.ts';

/** What a bench measured: a table, and what of it must keep a bound. */
export interface BenchTable {
  title: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
  bounds: readonly Bound[];
}

export interface Bound {
  what: string;
  value: string;
  bound: string;
  kept: boolean;
}

export function atLeast(what: string, value: number, bound: number): Bound {
  return { what, value: value.toFixed(2), bound: `at least ${bound}`, kept: value >= bound };
}

/** @param unit stands behind both numbers */
export function atMost(what: string, value: number, bound: number, unit: string): Bound {
  return {
    what,
    value: `${rounded(value)} ${unit}`,
    bound: `at most ${bound} ${unit}`,
    kept: value <= bound,
  };
}

export function asText({ title, columns, rows, bounds }: BenchTable): string {
  const parts = [
    `${title}\n`,
    tableOf(
      [...columns],
      rows.map((row) => [...row]),
      columns.slice(1),
    ),
  ];
  if (bounds.length > 0) {
    const judged = bounds.map(({ what, value, bound, kept }) => [what, value, bound, kept ? 'ok' : 'BROKEN']);
    parts.push('', tableOf(['figure', 'value', 'bound', ''], judged, ['value']));
  }
  return `${parts.join('\n')}\n`;
}

export function asMarkdown({ title, columns, rows, bounds }: BenchTable): string {
  const parts = [`### ${title}`, markdownTable(columns, rows)];
  if (bounds.length > 0) {
    const judged = bounds.map(({ what, value, bound, kept }) => [
      what,
      value,
      bound,
      kept ? 'yes' : '**no**',
    ]);
    parts.push(markdownTable(['figure', 'value', 'bound', 'kept'], judged));
  }
  return `${parts.join('\n\n')}\n`;
}

function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return [columns, columns.map(() => '---'), ...rows].map(markdownLine).join('\n');
}

function markdownLine(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

/** Rows in a second, in thousands. */
export function rate(rows: number, ms: number): string {
  return `${Math.round(rows / ms)}k/s`;
}

/** The value under which a share `q` of the values lies. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

function rounded(value: number): string {
  return value >= 10 ? String(Math.round(value)) : value.toFixed(2);
}
