import { tableOf } from '../../src/cli/output.ts';

/** What a run measured, each figure beside the bound it must keep. */
export interface Figures {
  /** A figure without a bound. */
  note(what: string, value: string | number): void;
  atMost(what: string, value: number, bound: number): void;
  atLeast(what: string, value: number, bound: number): void;
  equal(what: string, value: string | number, expected: string | number): void;
  /** Findings that must not be there; the first few are told. */
  none(what: string, findings: readonly string[]): void;
  broken(): number;
  table(): string;
}

type Row = readonly [what: string, value: string, bound: string, verdict: '' | 'ok' | 'BROKEN'];

const findingsTold = 6;

export function createFigures(): Figures {
  const rows: Row[] = [];
  const told: string[] = [];

  const judge = (what: string, value: string | number, bound: string, kept: boolean): void => {
    rows.push([what, shown(value), bound, kept ? 'ok' : 'BROKEN']);
  };

  return {
    note: (what, value) => void rows.push([what, shown(value), '', '']),
    atMost: (what, value, bound) => judge(what, value, `at most ${bound}`, value <= bound),
    atLeast: (what, value, bound) => judge(what, value, `at least ${bound}`, value >= bound),
    equal: (what, value, expected) => judge(what, value, `${expected}`, value === expected),
    none(what, findings) {
      judge(what, findings.length, 'none', findings.length === 0);
      told.push(...findings.slice(0, findingsTold).map((finding) => `  ${what}: ${finding}`));
    },
    broken: () => rows.filter(([, , , verdict]) => verdict === 'BROKEN').length,
    table: () =>
      [
        tableOf(
          ['figure', 'value', 'bound', ''],
          rows.map((row) => [...row]),
          ['value'],
        ),
        ...told,
      ].join('\n'),
  };
}

/** The value under which a share `q` of the values lies; not a number when there are none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function shown(value: string | number): string {
  return typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(2) : String(value);
}
