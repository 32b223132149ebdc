import { parseArgs } from 'node:util';
import { messageOf } from '../src/errors.ts';
import type { BenchOptions } from './bench-options.ts';
import { claimBench } from './claim-bench.ts';
import { exportBench } from './export-bench.ts';
import { importBench } from './import-bench.ts';
import { startBenchServer } from './server.ts';
import type { BenchServer } from './server.ts';
import { asText } from './tables.ts';
import type { BenchTable } from './tables.ts';
import { writeIntoPage } from './write-page.ts';

/*
 * How fast the dialer is, as ratios within one run: what a machine's minute does to one contestant it does to the other.
 */
const benches: Readonly<Record<string, (server: BenchServer, options: BenchOptions) => Promise<BenchTable>>> =
  {
    import: importBench,
    export: exportBench,
    claim: claimBench,
  };

const help = `npm run bench [-- NAME… [--rows N] [--rounds N] [--claims N] [--markdown]]

  import        a list into a campaign, against COPY of its clean rows and against the naive way
  export        contacts with their attempts as CSV, against one COPY of the same query
  claim         the claiming transaction, with 10 thousand, 1 million and 5 million contacts that wait
  --rows N      rows of the list or the export (1000000); claim: of the largest campaign (5000000)
  --rounds N    how often each contestant runs, in turns; the median counts (3)
  --claims N    (claim) claims before those that are measured (100000)
  --markdown    also put the figures into docs/benchmarks.md
`;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const usualRows: Readonly<Record<string, number>> = {
  import: 1_000_000,
  export: 1_000_000,
  claim: 5_000_000,
};

process.exitCode = await main();

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      rows: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      claims: { type: 'string', default: '100000' },
      markdown: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const names = positionals.length === 0 ? Object.keys(benches) : positionals;
  const numbers = [values.rows ?? '1', values.rounds, values.claims].map(Number);
  const isUsable =
    names.every((name) => name in benches) && numbers.every((one) => Number.isSafeInteger(one) && one > 0);
  if (values.help || !isUsable) {
    process.stderr.write(help);
    return values.help ? 0 : 2;
  }
  let failed = 0;
  for (const name of names) {
    const table = await runBench(name, values);
    if (table === null || table.bounds.some(({ kept }) => !kept)) failed += 1;
    if (table === null) continue;
    process.stdout.write(`${asText(table)}\n`);
    if (values.markdown) await writeIntoPage(name, table);
  }
  return failed === 0 ? 0 : 1;
}

async function runBench(
  name: string,
  values: { rows?: string | undefined; rounds: string; claims: string },
): Promise<BenchTable | null> {
  const bench = benches[name];
  if (bench === undefined) return null;
  const startedAt = performance.now();
  const say = (line: string): void => {
    const passed = String(Math.round((performance.now() - startedAt) / 1000)).padStart(4);
    process.stderr.write(`${name} ${passed} s  ${line}\n`);
  };
  const server = await startBenchServer();
  const clearUp = (): void => {
    process.stderr.write('clearing up\n');
    void server.close().finally(() => process.exit(130));
  };
  for (const signal of signals) process.once(signal, clearUp);
  try {
    return await bench(server, {
      rows: Number(values.rows ?? usualRows[name]),
      rounds: Number(values.rounds),
      claims: Number(values.claims),
      say,
    });
  } catch (error) {
    process.stderr.write(`${name} failed: ${messageOf(error)}\n`);
    return null;
  } finally {
    for (const signal of signals) process.off(signal, clearUp);
    await server.close();
  }
}
