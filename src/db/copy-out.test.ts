import { expect, test } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { copyOut } from './copy-out.ts';

test('tells each row as it comes, and how many there were', async () => {
  const { database } = await testDatabase();
  const lines: string[] = [];
  const rows = await database.withClient((client) =>
    copyOut(
      client,
      `copy (select row, repeat('x', 1000) || E'\\n' from generate_series(1, 1000) row) to stdout (format csv)`,
      (line) => lines.push(line.toString()),
    ),
  );
  expect(rows).toBe(1000);
  expect(lines).toEqual(Array.from({ length: 1000 }, (_, index) => `${index + 1},"${'x'.repeat(1000)}\n"\n`));
});

test('the connection is free for the next statement when it is done, and when it failed', async () => {
  const { database } = await testDatabase();
  await database.withClient(async (client) => {
    const rows = await copyOut(client, 'copy (select 1 where false) to stdout', () => undefined);
    expect(rows).toBe(0);
    const failing = copyOut(
      client,
      'copy (select 1 / (3 - row) from generate_series(1, 5) row) to stdout',
      () => undefined,
    );
    await expect(failing).rejects.toThrow('division by zero');
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });
});

test('fails when the connection breaks amidst it', async () => {
  const { database } = await testDatabase();
  const broken = database.withClient((client) =>
    copyOut(
      client,
      'copy (select pg_terminate_backend(pg_backend_pid()) from generate_series(1, 5)) to stdout',
      () => undefined,
    ),
  );
  await expect(broken).rejects.toThrow(/terminat/);
});
