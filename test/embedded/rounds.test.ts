import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ask, serversIn, startUserProcess, temporaryFolder } from './processes.ts';

const rounds = 20;

/**
 * Commands of the dialer begin and end at random moments, two to four at a time. The moments are drawn from a small
 * range, so that ends fall onto beginnings: that is where one could stop the server under another.
 */
test(
  'processes that come and go at random neither fail nor lose a row nor leave a server',
  { timeout: 60_000 },
  async () => {
    const dataDirectory = temporaryFolder();
    const users = [startUserProcess(), startUserProcess(), startUserProcess(), startUserProcess()];
    const [first] = users;
    if (first === undefined) throw new Error('no process');
    await ask(await first.ask({ act: 'acquire', dataDirectory }), 'CREATE TABLE kept (row text PRIMARY KEY)');
    await first.ask({ act: 'release' });

    const written: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const active = users.slice(0, 2 + Math.floor(Math.random() * 3));
      await Promise.all(
        active.map(async (user, index) => {
          const row = `${round}-${index}`;
          await delay(Math.random() * 120);
          await user.ask({ act: 'use', dataDirectory, row, work: Math.random() * 60 });
          written.push(row);
        }),
      );
      expect(serversIn(dataDirectory)).toEqual([]);
    }

    const url = await first.ask({ act: 'acquire', dataDirectory });
    expect(new Set(await ask(url, 'SELECT row FROM kept'))).toEqual(new Set(written));
    await first.ask({ act: 'release' });
  },
);
