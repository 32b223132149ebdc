import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { sandboxForTest } from '../sandbox/fixture.ts';

const program = `
  import { sandboxCommand } from ${JSON.stringify(new URL('sandbox.ts', import.meta.url).href)};
  await sandboxCommand().parseAsync(process.argv.slice(1), { from: 'user' });
`;

function start(...options: string[]) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, '--', ...options]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const seen = async (stream: 'stdout' | 'stderr', pattern: RegExp): Promise<void> => {
    while (!pattern.test(output[stream])) await once(child[stream], 'data');
  };
  const ended = once(child, 'exit').then(([code]: unknown[]) => code);
  return { child, output, seen, ended };
}

test('describes itself as one JSON document, serves, and ends cleanly when it is told to', async () => {
  const { child, output, seen, ended } = start('--json', '--port', '0', '--quiet');
  await seen('stdout', /\n$/);
  const described = JSON.parse(output.stdout);
  expect(described).toMatchObject({
    accountSid: 'sandbox',
    environment: { EXOTEL_CCM_URL: described.url, EXOTEL_API_URL: described.url },
    callerIds: ['+918045680000'],
  });
  expect(described.agents[0]).toEqual({
    user_id: 'agent-001',
    name: 'Agent 001',
    contact_uri: '+919000000001',
    state: 'available',
  });
  expect((await fetch(`${described.url}/sandbox/truth`)).status).toBe(200);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});

test('shows people the lines that point the dialer at it', async () => {
  const { child, output, seen, ended } = start('--port', '0', '--speed', '50');
  await seen('stderr', /\/sandbox\/truth/);
  expect(output.stdout).toBe('');
  for (const name of ['EXOTEL_CCM_URL', 'EXOTEL_API_URL'])
    expect(output.stderr).toMatch(new RegExp(`^ {2}export ${name}=http://127\\.0\\.0\\.1:\\d+$`, 'm'));
  expect(output.stderr).toContain('agent-001 to agent-007 (+919000000001 and on): available');
  expect(output.stderr).toContain('50 times as fast as life');
  child.kill('SIGINT');
  expect(await ended).toBe(0);
});

test('fails at once when its port is taken', async () => {
  const { port } = await sandboxForTest();
  const { output, ended } = start('--port', String(port));
  expect(await ended).toBe(1);
  expect(output.stderr).toContain(`Port ${port} on 127.0.0.1 is in use`);
});
