import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { waitFor } from '../support/wait.ts';
import { serversIn, startUserProcess, temporaryFolder } from './processes.ts';

test('a process killed while it makes the database leaves nothing that blocks the next', async () => {
  const dataDirectory = temporaryFolder();
  const killed = startUserProcess();
  const answer = killed.ask({ act: 'acquire', dataDirectory }).catch((error: unknown) => error);
  await waitFor(() => readdirSync(dataDirectory).some((name) => name.startsWith('postgres.making-')), {
    interval: 1,
  });
  await killed.kill();
  expect(await answer).toBeInstanceOf(Error);
  expect(readdirSync(dataDirectory)).not.toContain('postgres');

  const next = startUserProcess();
  await next.ask({ act: 'acquire', dataDirectory });
  await next.ask({ act: 'release' });
  // An initdb outlives its killed parent for a moment, so the next use may be the one that finds it done.
  await waitFor(async () => {
    await next.ask({ act: 'acquire', dataDirectory });
    await next.ask({ act: 'release' });
    return readdirSync(dataDirectory).join() === 'postgres';
  });
});

test('a server that cannot start is reported with the end of its log and the mend', async () => {
  const dataDirectory = temporaryFolder();
  const user = startUserProcess();
  await user.ask({ act: 'acquire', dataDirectory });
  await user.ask({ act: 'release' });
  rmSync(join(dataDirectory, 'postgres', 'data', 'global', 'pg_control'));
  const failure = await user.ask({ act: 'acquire', dataDirectory }).then(
    () => 'started',
    (error: unknown) => String(error),
  );
  expect(failure).toMatch(/does not start/);
  expect(failure).toMatch(/pg_control/);
  expect(failure).toMatch(/set DATABASE_URL/);
  expect(serversIn(dataDirectory)).toEqual([]);
});

test('something else in the place of the database is named and left alone', async () => {
  const dataDirectory = temporaryFolder();
  execFileSync('mkdir', ['-p', join(dataDirectory, 'postgres', 'notes')]);
  await expect(startUserProcess().ask({ act: 'acquire', dataDirectory })).rejects.toThrow(/is in the way/);
  expect(readdirSync(join(dataDirectory, 'postgres'))).toEqual(['notes']);
});

test('a folder that cannot be made is reported with the mend', async () => {
  const folder = temporaryFolder();
  const dataDirectory = join(folder, 'a file', '.dialer');
  writeFileSync(join(folder, 'a file'), '');
  await expect(startUserProcess().ask({ act: 'acquire', dataDirectory })).rejects.toThrow(
    /cannot be made \(ENOTDIR.*set DIALER_DATA_DIR to a folder that you may write to/,
  );
});
