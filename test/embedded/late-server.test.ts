import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findBinaries, programIn } from '../../src/db/embedded/binaries.ts';
import { initializeCluster } from '../../src/db/embedded/initialize.ts';
import { joinServer } from '../../src/db/embedded/join-server.ts';
import { keepMembership } from '../../src/db/embedded/membership.ts';
import { decidePlacement } from '../../src/db/embedded/placement.ts';
import { createLog } from '../../src/log.ts';
import { waitFor } from '../support/wait.ts';
import { serversIn, temporaryFolder } from './processes.ts';

const log = createLog('silent');

/** Binaries whose server takes a second before it looks at its cluster, as on a loaded machine. */
function slowBinaries(folder: string, binaries: string): string {
  const slow = join(folder, 'slow');
  mkdirSync(join(slow, 'bin'), { recursive: true });
  const program = join(slow, 'bin', 'postgres');
  writeFileSync(program, `#!/bin/sh\n/bin/sleep 1\nexec '${programIn(binaries, 'postgres')}' "$@"\n`);
  chmodSync(program, 0o755);
  return slow;
}

test.skipIf(process.platform === 'win32')(
  'a server that lost the race and comes late does not run on after the last user has left',
  async () => {
    const folder = temporaryFolder();
    const dataDirectory = join(folder, 'data');
    const placement = await decidePlacement({ dataDirectory, binaries: findBinaries(), log });
    await initializeCluster(placement);

    const slowJoin = joinServer({ ...placement, binaries: slowBinaries(folder, placement.binaries) }, log);
    await waitFor(() => serversIn(folder).length === 1, { what: 'the slow server' });
    const quick = keepMembership(await joinServer(placement, log), placement, log);
    const slow = keepMembership(await slowJoin, placement, log);
    await Promise.all([quick.end(), slow.end()]);
    expect(serversIn(folder)).toEqual([]);
  },
);
