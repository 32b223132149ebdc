import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { asMarkdown } from './tables.ts';
import type { BenchTable } from './tables.ts';

const page = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));

/** Puts the figures of a bench into its place in docs/benchmarks.md; those of the others stay. */
export async function writeIntoPage(name: string, table: BenchTable): Promise<void> {
  const text = await readFile(page, 'utf8');
  const begin = `<!-- figures of ${name} -->`;
  const end = `<!-- end of ${name} -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`${page} has no place for the figures of ${name}`);
  const filled = `${text.slice(0, from)}${begin}\n\n${asMarkdown(table)}\n${text.slice(to)}`;
  await writeFile(page, await format(filled, { ...(await resolveConfig(page)), parser: 'markdown' }));
}
