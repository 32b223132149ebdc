import { chmodSync, cpSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findBinaries } from '../../src/db/embedded/binaries.ts';
import { ask, serversIn, startUserProcess, temporaryFolder } from './processes.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const isRoot = process.getuid?.() === 0;

/** A checkout as root has it in its home: a folder that nobody else can enter, binaries included. */
function privateCheckout(folder: string): string {
  const checkout = join(folder, 'private', 'checkout');
  mkdirSync(join(checkout, 'test'), { recursive: true });
  mkdirSync(join(checkout, 'node_modules'));
  for (const part of ['package.json', 'src', 'test/embedded'])
    cpSync(join(project, part), join(checkout, part), { recursive: true });
  for (const name of ['pg', 'pino', 'zod'])
    symlinkSync(join(project, 'node_modules', name), join(checkout, 'node_modules', name));
  const platformPackage = dirname(findBinaries().folder);
  const copy = join(checkout, platformPackage.slice(platformPackage.indexOf('node_modules')));
  cpSync(platformPackage, copy, { recursive: true, verbatimSymlinks: true });
  return checkout;
}

test.skipIf(!isRoot)(
  'as root in a folder that only root enters, the database lives in the system folder and stays',
  async () => {
    const folder = temporaryFolder();
    const checkout = privateCheckout(folder);
    const systemFolder = join(folder, 'system');
    const dataDirectory = join(checkout, '.dialer');
    chmodSync(join(folder, 'private'), 0o700);

    const entry = join(checkout, 'test', 'embedded', 'user-process.ts');
    const user = startUserProcess({ entry });
    const url = await user.ask({ act: 'acquire', dataDirectory, systemFolder });
    await ask(url, 'CREATE TABLE kept AS SELECT 7 AS n');
    expect(await ask(url, 'SHOW data_directory')).toEqual([
      expect.stringContaining(join(systemFolder, 'data', 'checkout-')),
    ]);
    await user.ask({ act: 'release' });
    expect(readdirSync(dataDirectory)).toEqual([]);
    expect(readdirSync(systemFolder).toSorted()).toEqual(['data', `postgresql-${findBinaries().version}`]);

    const next = startUserProcess({ entry });
    expect(
      await ask(await next.ask({ act: 'acquire', dataDirectory, systemFolder }), 'SELECT n FROM kept'),
    ).toEqual([7]);
    await next.ask({ act: 'release' });
    expect(serversIn(folder)).toEqual([]);
  },
);

test.skipIf(!isRoot)(
  'as root in a folder that all enter, the database lives there and belongs to another user',
  async () => {
    const dataDirectory = temporaryFolder();
    const user = startUserProcess();
    await user.ask({ act: 'acquire', dataDirectory });
    expect(statSync(join(dataDirectory, 'postgres', 'data')).uid).not.toBe(0);
    await user.ask({ act: 'release' });
  },
);
