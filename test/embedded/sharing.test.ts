import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../support/wait.ts';
import { ask, serversIn, startUserProcess, temporaryFolder } from './processes.ts';

function onlyServerIn(folder: string): number {
  const [pid, ...others] = serversIn(folder);
  expect(others).toEqual([]);
  if (pid === undefined) throw new Error(`no server runs in ${folder}`);
  return pid;
}

/** A process that has nothing to do with PostgreSQL but belongs to the server's user. */
function startBystander(cluster: string): number {
  const { uid, gid } = statSync(cluster);
  const asOwner = process.getuid?.() === 0 ? { uid, gid } : {};
  const child = spawn('sleep', ['600'], { ...asOwner, cwd: '/', stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  if (child.pid === undefined) throw new Error('sleep did not start');
  return child.pid;
}

test('the first use makes a UTF-8 database and the end of the last leaves no server', async () => {
  const dataDirectory = join(temporaryFolder(), 'data');
  const user = startUserProcess();
  const url = await user.ask({ act: 'acquire', dataDirectory });
  expect(await ask(url, 'SHOW server_encoding')).toEqual(['UTF8']);
  expect(await ask(url, "SELECT upper('é') || current_database()")).toEqual(['Édialer']);
  await user.ask({ act: 'release' });
  expect(serversIn(dataDirectory)).toEqual([]);
});

test('a second process shares the server, and neither stops it under the other', async () => {
  const dataDirectory = temporaryFolder();
  const [first, second] = [startUserProcess(), startUserProcess()];
  const url = await first.ask({ act: 'acquire', dataDirectory });
  const server = onlyServerIn(dataDirectory);
  expect(await second.ask({ act: 'acquire', dataDirectory })).toBe(url);
  await first.ask({ act: 'release' });
  expect(await ask(url, 'SELECT 1')).toEqual([1]);
  expect(onlyServerIn(dataDirectory)).toBe(server);
  await second.ask({ act: 'release' });
  expect(serversIn(dataDirectory)).toEqual([]);
});

test('processes that begin at once on an empty folder all get the same database', async () => {
  const dataDirectory = temporaryFolder();
  const users = [startUserProcess(), startUserProcess(), startUserProcess()];
  const urls = await Promise.all(users.map((user) => user.ask({ act: 'acquire', dataDirectory })));
  expect(new Set(urls).size).toBe(1);
  expect(readdirSync(dataDirectory)).toEqual(['postgres']);
  await Promise.all(users.map((user) => user.ask({ act: 'release' })));
  expect(serversIn(dataDirectory)).toEqual([]);
});

test('a server left by kill -9 of its user, with all of its group, is taken over with its data and stopped by the next user', async () => {
  const dataDirectory = temporaryFolder();
  const killed = startUserProcess();
  const url = await killed.ask({ act: 'acquire', dataDirectory });
  await ask(url, 'CREATE TABLE kept AS SELECT 7 AS n');
  const server = onlyServerIn(dataDirectory);
  if (killed.child.pid === undefined) throw new Error('the process did not start');
  // The server is in a session of its own: what a terminal sends to the group does not reach it either.
  process.kill(-killed.child.pid, 'SIGKILL');
  await killed.kill();
  expect(onlyServerIn(dataDirectory)).toBe(server);
  const next = startUserProcess();
  expect(await ask(await next.ask({ act: 'acquire', dataDirectory }), 'SELECT n FROM kept')).toEqual([7]);
  await next.ask({ act: 'release' });
  expect(serversIn(dataDirectory)).toEqual([]);
});

test('kill -9 of the process and of PostgreSQL blocks nothing and loses nothing committed', async () => {
  const dataDirectory = temporaryFolder();
  const killed = startUserProcess();
  const url = await killed.ask({ act: 'acquire', dataDirectory });
  await ask(url, 'CREATE TABLE kept AS SELECT 7 AS n');
  const server = onlyServerIn(dataDirectory);
  await killed.kill();
  process.kill(server, 'SIGKILL');
  const next = startUserProcess();
  expect(await ask(await next.ask({ act: 'acquire', dataDirectory }), 'SELECT n FROM kept')).toEqual([7]);
  await next.ask({ act: 'release' });
});

test('a server killed under its user comes back at the same address', async () => {
  const dataDirectory = temporaryFolder();
  const user = startUserProcess();
  const url = await user.ask({ act: 'acquire', dataDirectory });
  await ask(url, 'CREATE TABLE kept AS SELECT 7 AS n');
  process.kill(onlyServerIn(dataDirectory), 'SIGKILL');
  expect(await waitFor(() => ask(url, 'SELECT n FROM kept'))).toEqual([7]);
  await user.ask({ act: 'release' });
  expect(serversIn(dataDirectory)).toEqual([]);
});

test('a pid file that names a living process of something else does not block the start', async () => {
  const dataDirectory = temporaryFolder();
  const killed = startUserProcess();
  await killed.ask({ act: 'acquire', dataDirectory });
  const server = onlyServerIn(dataDirectory);
  await killed.kill();
  process.kill(server, 'SIGKILL');
  await waitFor(() => serversIn(dataDirectory).length === 0);
  // Its own user's process, or PostgreSQL would see by itself that the file is stale.
  const bystander = startBystander(join(dataDirectory, 'postgres', 'data'));
  const file = join(dataDirectory, 'postgres', 'data', 'postmaster.pid');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(bystander)));
  const next = startUserProcess();
  await next.ask({ act: 'acquire', dataDirectory });
  await next.ask({ act: 'release' });
  expect(existsSync(file)).toBe(false);
});
