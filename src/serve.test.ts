import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { publicUrlOf } from './serve.ts';

const account = { EXOTEL_ACCOUNT_SID: 'acme1', EXOTEL_API_KEY: 'key', EXOTEL_API_TOKEN: 'token' };
const here = { EXOTEL_CCM_URL: 'http://127.0.0.1:4100', EXOTEL_API_URL: 'http://localhost:4100' };

const told = (settings: Record<string, string>) =>
  publicUrlOf(readConfig({ ...account, ...settings }, tmpdir()), null);

test('callbacks are asked for without a public address only where all of Exotel is on this machine', () => {
  expect(told(here)).toBe('http://127.0.0.1:3000');
  expect(told({})).toBeNull();
  for (const away of ['EXOTEL_CCM_URL', 'EXOTEL_API_URL'] as const) {
    expect(told({ ...here, [away]: 'https://api.example.com' })).toBeNull();
    expect(told({ [away]: here[away] })).toBeNull();
  }
});

test('a public address that is set is told, wherever Exotel is', () => {
  expect(told({ DIALER_PUBLIC_URL: 'https://dialer.example.com/' })).toBe('https://dialer.example.com');
});
