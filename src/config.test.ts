import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeConfig, readConfig, requireAccounts } from './config.ts';
import { UserError } from './errors.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dialer-config-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const account = { EXOTEL_ACCOUNT_SID: 'acme1', EXOTEL_API_KEY: 'the-key', EXOTEL_API_TOKEN: 'the-token' };

describe('the configuration', () => {
  test('has a default for everything but the account', () => {
    const config = readConfig({}, folder);
    expect(config).toMatchObject({
      databaseUrl: null,
      host: '127.0.0.1',
      port: 3000,
      publicUrl: null,
      accounts: [],
    });
    expect(config.dataDirectory).toBe(join(folder, '.dialer'));
    expect(() => requireAccounts(config)).toThrow('EXOTEL_ACCOUNT_SID');
  });

  test('takes the region’s hosts unless a URL is given instead', () => {
    expect(readConfig({ ...account, EXOTEL_REGION: 'mumbai' }, folder).accounts[0]?.ccmUrl).toBe(
      'https://ccm-api.in.exotel.com',
    );
    expect(
      readConfig({ ...account, EXOTEL_CCM_URL: 'http://127.0.0.1:4100/' }, folder).accounts[0]?.ccmUrl,
    ).toBe('http://127.0.0.1:4100');
    expect(readConfig({ ...account, EXOTEL_REGION: 'mumbai' }, folder).accounts[0]?.v1Url).toBe(
      'https://api.in.exotel.com',
    );
    expect(
      readConfig({ ...account, EXOTEL_API_URL: 'http://127.0.0.1:4100/' }, folder).accounts[0],
    ).toMatchObject({ v1Url: 'http://127.0.0.1:4100', ccmUrl: 'https://ccm-api.exotel.com' });
    expect(readConfig(account, folder).accounts[0]).toMatchObject({
      name: 'main',
      v1Url: 'https://api.exotel.com',
      requestsPerMinute: 198,
      callDetails: 'v2',
    });
  });

  test('reads Exotel’s naive times in Indian time unless a named zone is given', () => {
    expect(readConfig(account, folder).accounts[0]?.timeZone).toBe('Asia/Kolkata');
    const zone = (name: string) =>
      readConfig({ ...account, EXOTEL_TIMEZONE: name }, folder).accounts[0]?.timeZone;
    expect(zone('asia/singapore')).toBe('Asia/Singapore');
    for (const name of ['IST', '+05:30', 'Asia/Nowhere'])
      expect(() => zone(name)).toThrow('EXOTEL_TIMEZONE: expected the name of a time zone');
  });

  test('names every wrong and unknown setting at once', () => {
    const read = () =>
      readConfig(
        { DIALER_PORT: 'abc', EXOTEL_CALL_DETAILS: 'v9', DIALER_PROT: '1', EXOTEL_KEY: 'x' },
        folder,
      );
    for (const name of ['DIALER_PORT', 'EXOTEL_CALL_DETAILS', 'DIALER_PROT', 'EXOTEL_KEY'])
      expect(read).toThrow(name);
    try {
      read();
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      expect(error).toMatchObject({ exitCode: 2 });
    }
  });

  test('reads .env beside the command, and the environment wins', () => {
    writeFileSync(join(folder, '.env'), 'DIALER_PORT=4000\nLOG_LEVEL=debug\n');
    expect(readConfig({ LOG_LEVEL: 'error' }, folder)).toMatchObject({ port: 4000, logLevel: 'error' });
  });

  test('refuses half of the credentials, naming the missing half', () => {
    expect(() => readConfig({ EXOTEL_ACCOUNT_SID: 'acme1', EXOTEL_API_KEY: 'k' }, folder)).toThrow(
      'EXOTEL_API_TOKEN',
    );
  });

  test('reads several accounts from a file whose values may name variables', () => {
    writeFileSync(
      join(folder, 'accounts.json'),
      JSON.stringify({
        accounts: [
          { name: 'north', sid: 'n1', key: '${NORTH_KEY}', token: '${NORTH_TOKEN}', requestsPerMinute: 60 },
          { name: 'south', sid: 's1', key: 'k', token: 't', region: 'mumbai' },
          {
            name: 'east',
            sid: 'e1',
            key: 'k',
            token: 't',
            apiUrl: 'http://127.0.0.1:1/',
            timezone: 'Asia/Singapore',
          },
        ],
      }),
    );
    const variables = { DIALER_ACCOUNTS_FILE: 'accounts.json', NORTH_KEY: 'nk', NORTH_TOKEN: 'nt' };
    expect(readConfig(variables, folder).accounts).toMatchObject([
      { name: 'north', credentials: { key: 'nk', token: 'nt' }, requestsPerMinute: 60 },
      {
        name: 'south',
        ccmUrl: 'https://ccm-api.in.exotel.com',
        v1Url: 'https://api.in.exotel.com',
        timeZone: 'Asia/Kolkata',
      },
      { name: 'east', v1Url: 'http://127.0.0.1:1', timeZone: 'Asia/Singapore' },
    ]);
    expect(() => readConfig({ DIALER_ACCOUNTS_FILE: 'accounts.json' }, folder)).toThrow('NORTH_KEY');
    expect(() => readConfig({ DIALER_ACCOUNTS_FILE: 'absent.json' }, folder)).toThrow('absent.json');
  });

  test('is printed without a secret', () => {
    const secrets = {
      DATABASE_URL: 'postgres://user:the-password@db:5432/x',
      DIALER_SECRET: 'the-secret-of-callbacks',
    };
    const printed = JSON.stringify(describeConfig(readConfig({ ...account, ...secrets }, folder)));
    for (const secret of ['the-key', 'the-token', 'the-password', 'the-secret'])
      expect(printed).not.toContain(secret);
    expect(printed).toContain('db:5432');
    for (const shown of ['https://api.exotel.com', 'https://ccm-api.exotel.com', 'Asia/Kolkata'])
      expect(printed).toContain(shown);
  });
});
