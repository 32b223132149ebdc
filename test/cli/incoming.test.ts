import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { incomingAddress } from '../../src/incoming/incoming-address.ts';
import { testDatabase } from '../support/database.ts';
import { seed } from '../support/seed.ts';

const program = fileURLToPath(new URL('../../src/cli/bin.js', import.meta.url));
const secret = 'a secret for these tests';

test('dialer incoming prints the addresses that the server takes, and says what is missing without a public one', async () => {
  const { database, url } = await testDatabase();
  const { accountId, agentIds } = await seed(database, { agents: 2 });
  await database.query(`update agents set contact_uri = '+919811100001' where id = $1`, [agentIds[0]]);
  const folder = await mkdtemp(join(tmpdir(), 'dialer-incoming-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const dialer = async (settings: Record<string, string>, ...words: string[]) => {
    const env = { PATH: process.env['PATH'], DATABASE_URL: url, DIALER_SECRET: secret, ...settings };
    const child = spawn(process.execPath, [program, 'incoming', ...words], {
      env,
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'close');
    const [out, said] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [code]: unknown[] = await ended;
    return { code, out, said };
  };
  const publicUrl = 'https://dialer.example.com';
  const [printed, missing, forPeople] = await Promise.all([
    dialer({ DIALER_PUBLIC_URL: publicUrl }, '--json'),
    dialer({}),
    dialer({ DIALER_PUBLIC_URL: publicUrl }),
  ]);
  const passthru = incomingAddress(publicUrl, secret, { accountId, purpose: 'passthru' });
  expect(JSON.parse(printed.out)).toEqual({
    account: 'main',
    passthru,
    connect: incomingAddress(publicUrl, secret, { accountId, purpose: 'connect' }),
    optOut: incomingAddress(publicUrl, secret, { accountId, purpose: 'opt_out' }),
    agents: { total: 2, withPhone: 1 },
  });
  expect(missing).toMatchObject({
    code: 2,
    out: '',
    said: expect.stringMatching(/^.*: set DIALER_PUBLIC_URL to .*\n$/),
  });
  expect(forPeople.out).toContain(`\n  ${passthru}\n`);
  expect(forPeople.out).toContain('1 of 2 agents have a phone number');
}, 90_000);
